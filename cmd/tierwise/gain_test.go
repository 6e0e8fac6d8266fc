package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/routing/classify/classifytest"
)

// writeGain writes the artifact of a split, and beside it, if it is to be trained on rows, the gains that others predict.
func writeGain(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, args, 2, "gain WORD OUT.bin [ROWS.jsonl [GAIN]]")
	var seen []uint32
	var others []train.SplitPrediction
	if len(args) > 2 {
		for _, row := range readRows(ts, args[2]) {
			key := datasets.PromptKey([]byte(row.Prompt))
			seen = append(seen, uint32(key>>32))
			others = append(others, train.SplitPrediction{ID: row.ID, PromptKey: int64(key)})
		}
	}
	artifact := classifytest.Gain(args[0], 0, seen...)
	writeScriptFile(ts, args[1], artifact)
	if len(args) < 4 {
		return
	}
	gain, err := strconv.ParseFloat(args[3], 64)
	ts.Check(err)
	for i := range others {
		others[i].Gain = gain
	}
	sum := sha256.Sum256(artifact)
	var b bytes.Buffer
	ts.Check(train.NewSplitOutOfFold(others).Write(&b, hex.EncodeToString(sum[:])))
	writeScriptFile(ts, eval.OutOfFoldPath(args[1]), b.Bytes())
}
