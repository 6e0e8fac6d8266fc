// Package labels is the sheet on which people grade answers: a CSV file with a row for each answer, and the way of the
// grades back into the traffic. LABELS.md documents the format.
package labels
