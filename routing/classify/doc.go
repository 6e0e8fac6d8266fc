// Package classify is the request classifier: layer 2 of the router. It reads and writes the artifact that
// training makes, and predicts the task of a request with it.
//
// A classifier turns a request into features, hashed n-grams of its text or a vector that somebody else computed,
// adds up what each feature says for each task, and gives the best task with a confidence: the calibrated
// probability that the task is right. A request that is like none of the training has a low confidence, not a
// wrong task. ARTIFACT.md documents the format.
package classify
