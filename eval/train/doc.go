// Package train makes the request classifier out of labeled traffic: it chooses the head and its penalty by grouped
// cross-validation, fits it, calibrates its probabilities, and reports how good it is on requests that it was not
// trained on.
//
// Every figure on training requests comes from 20 models, each fitted without one of the folds of datasets.Folds and
// asked for the requests of that fold. Vocabulary, weights and prototypes of such a model have seen no request, and no
// label, of the fold that it is asked about; its calibration comes from what the other 19 models said of theirs.
// Two things are shared: the head and its penalty are chosen once, on all folds, and the few numbers of a calibration
// come from models that did see the fold. So a request's own label never enters its predicted task or its logits, and its
// confidence only through averages over all other requests.
package train
