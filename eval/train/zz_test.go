package train_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/tierwise/tierwise/eval/train"
)

func FuzzZZ(f *testing.F) {
	rows := traffic(4, 3)
	b := written(f, fit(f, read(f, rows, nil), &train.Options{Head: train.Prototypes}).OutOfFold, "00")
	f.Add(b)
	f.Add([]byte("PAR1"))
	f.Add(slices.Concat(b[:len(b)/2], b[len(b)/2+1:]))
	f.Fuzz(func(t *testing.T, b []byte) {
		os.WriteFile(fmt.Sprint("/tmp/zz/last", os.Getpid()), b, 0o644)
		s := time.Now()
		train.ReadOutOfFold(bytes.NewReader(b), int64(len(b)))
		if d := time.Since(s); d > 300*time.Millisecond {
			os.WriteFile(fmt.Sprint("/tmp/zz/slow", d), b, 0o644)
		}
	})
}
