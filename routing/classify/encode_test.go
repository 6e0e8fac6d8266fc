package classify

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
)

func marshal(tb testing.TB, c *Classifier) []byte {
	tb.Helper()
	data, err := c.MarshalBinary()
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestRoundTrip(t *testing.T) {
	texts := words(300, 120, 1)
	for _, tasks := range []int{1, 6, 23} {
		c := random(t, tasks, 2, texts)
		c.seen = []uint32{3, 9, 1 << 31, 1<<32 - 1}
		c.header.Training = Training{Requests: 7, DataHash: "ab", Seed: 3}
		data := marshal(t, c)
		again, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(marshal(t, again), data) {
			t.Error("other bytes when written again")
		}
		for _, text := range append(texts, odd...) {
			want, _ := c.Predict(&Input{Text: text})
			if got, err := again.Predict(&Input{Text: text}); err != nil || got != want {
				t.Fatalf("%.20q: %+v %v, want %+v", text, got, err, want)
			}
		}
		for _, key := range []uint64{3 << 32, 9<<32 | 77, 1<<64 - 1} {
			if !again.Seen(key) {
				t.Errorf("%x is not known", key)
			}
		}
		if again.Seen(4<<32) || again.Seen(3) {
			t.Error("a key is known that is not")
		}
	}
}

// Whatever byte is changed or missing, it is found out.
func TestDecodeDamaged(t *testing.T) {
	data := marshal(t, random(t, 2, 1, words(20, 40, 1)))
	for i := range data {
		damaged := bytes.Clone(data)
		damaged[i] ^= 1 << (i % 8)
		if _, err := Decode(damaged); err == nil {
			t.Fatalf("byte %d of %d does not matter", i, len(data))
		}
		if _, err := Decode(data[:i]); err == nil {
			t.Fatalf("%d bytes of %d are enough", i, len(data))
		}
	}
	if _, err := Decode(append(data, 0)); err == nil {
		t.Error("a byte too many is taken")
	}
}

// sign completes an artifact: the fuzzer would never find a checksum that matches.
func sign(unsigned []byte) []byte {
	sum := sha256.Sum256(unsigned)
	return append(bytes.Clone(unsigned), sum[:]...)
}

func artifact(header, body string) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(header)))
	out = append(out, header...)
	return sign(append(out, body...))
}

func TestDecodeRefuses(t *testing.T) {
	for _, test := range []struct {
		data []byte
		want string
	}{
		{nil, "is no classifier"},
		{[]byte("PAR1 something that is long enough to hold a checksum"), "is no classifier"},
		{sign([]byte(magic + "\xff\xff\xff\xff")), "ends early"},
		{artifact(`{`, ""), "its header is not as expected"},
		{artifact(`{"format": "other", "version": 1}`, ""), "is other version 1: this program reads tierwise.classifier version 1"},
		{artifact(`{"format": "tierwise.classifier", "version": 2}`, ""), "train it anew"},
		{artifact(`{"format": "tierwise.classifier", "version": 1}`, "\xff\xff\xff\xff"), "is the most"},
		{artifact(`{"format": "tierwise.classifier", "version": 1}`, "\x01\x00\x00\x00\x07"), "cannot be inflated"},
	} {
		if _, err := Decode(test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%.30q: %v, want %s", test.data, err, test.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, tasks := range []int{1, 3} {
		data := marshal(f, random(f, tasks, 1, words(5, 20, 1)))
		header, rest, _ := cut(data[len(magic) : len(data)-sha256.Size])
		body, err := inflate(rest)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(header, body)
	}
	f.Fuzz(func(t *testing.T, header, body []byte) {
		var h Header
		if decodeHeader(header, &h) != nil {
			return
		}
		c, err := decodeBody(&h, body)
		if err != nil {
			return
		}
		if p, err := c.Predict(&Input{Text: "whatever", Embedding: []float32{1, 2, 3}}); err == nil && (p.Task < 0 || p.Task >= len(c.Tasks())) {
			t.Errorf("task %d of %d", p.Task, len(c.Tasks()))
		}
		again, err := Decode(marshal(t, c))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(marshal(t, again), marshal(t, c)) {
			t.Error("what is read is not what was written")
		}
	})
}
