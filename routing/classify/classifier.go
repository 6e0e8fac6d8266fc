package classify

import (
	"math"
	"math/bits"
	"slices"
)

// A Classifier predicts the task of requests. It is immutable and safe for concurrent use.
type Classifier struct {
	header   Header
	embedder Embedder

	// Which features have weights, and how many do before each word of known: the number of a feature's row.
	known []uint64
	rank  []uint32

	width   int      // words per row
	rows    []uint64 // by row, lanes in bytes, biased by 128; the lane after the last is the square of the IDF
	lanes   []lane
	square  float32      // what a step of the IDF's square stands for
	idf     [256]float32 // by the byte of its square
	protos  []prototype  // by task
	ofTask  [][2]int     // task → its prototypes
	seen    []uint32     // rising
	ownBits int          // of an NGrams embedder
}

// A lane is a linear score: the sum of a feature's bytes, less the bias of 128, times scale, plus bias.
type lane struct {
	task        int
	scale, bias float32
}

type prototype struct {
	scale  float32
	vector [Dense]int8
}

// A Prediction is what a classifier says of a request.
type Prediction struct {
	Task       int     // the best task, an index into Tasks
	Confidence float64 // the calibrated probability that Task is right, in [0, 1]
	// Probability is that of Task among the tasks (and the rejection), before calibration, and Similarity the cosine
	// to the task's nearest prototype.
	Probability, Similarity float64
}

// New makes a classifier of a model.
func New(m *Model) (*Classifier, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	c := newClassifier(&m.Header)
	for _, f := range m.Features {
		c.known[f/64] |= 1 << (f % 64)
	}
	c.quantise(m)
	c.protos = make([]prototype, 0, len(m.Prototypes))
	for k := range m.Tasks {
		c.ofTask[k][0] = len(c.protos)
		for i := range m.Prototypes {
			if m.Prototypes[i].Task == k {
				c.protos = append(c.protos, quantisePrototype(&m.Prototypes[i].Vector))
			}
		}
		c.ofTask[k][1] = len(c.protos)
	}
	c.seen = slices.Clone(m.Seen)
	c.finish()
	return c, nil
}

// newClassifier makes the parts that the header decides.
func newClassifier(h *Header) *Classifier {
	c := &Classifier{
		header: *h, width: widthOf(len(h.Lanes) + 1), known: make([]uint64, (h.Dims+63)/64), rank: make([]uint32, (h.Dims+63)/64),
		ofTask: make([][2]int, len(h.Tasks)),
	}
	c.header.Format, c.header.Version = Format, Version
	for _, l := range h.Lanes {
		c.lanes = append(c.lanes, lane{task: l.Task, bias: float32(l.Bias)})
	}
	if h.Embedder == NGramsName {
		c.ownBits = bits.Len(uint(h.Dims)) - 1
		c.embedder = NGrams{c.ownBits}
	} else {
		c.embedder = External{h.Embedder, h.Dims}
	}
	return c
}

// quantise fills in the rows: a feature's weights times its IDF, each lane in steps of its own.
func (c *Classifier) quantise(m *Model) {
	n := len(m.Lanes)
	maxIDF := slices.Max(m.IDF)
	c.square = max(maxIDF*maxIDF/255, math.SmallestNonzeroFloat32)
	for k := range c.lanes {
		greatest := float32(0)
		for f, idf := range m.IDF {
			greatest = max(greatest, abs(m.Weights[f*n+k]*idf))
		}
		c.lanes[k].scale = greatest / 127
	}
	c.rows = make([]uint64, c.width*len(m.Features))
	for f, idf := range m.IDF {
		row := c.rows[f*c.width : (f+1)*c.width]
		for k := range c.lanes {
			q := 0.0
			if scale := c.lanes[k].scale; scale > 0 {
				q = math.Round(float64(m.Weights[f*n+k] * idf / scale))
			}
			setByte(row, k, uint8(128+int(max(-127, min(127, q)))))
		}
		setByte(row, n, uint8(min(255, math.Round(float64(idf*idf/c.square)))))
	}
}

func setByte(row []uint64, i int, b uint8) { row[i/8] |= uint64(b) << (i % 8 * 8) }

func getByte(row []uint64, i int) uint8 { return uint8(row[i/8] >> (i % 8 * 8)) }

func abs(x float32) float32 { return float32(math.Abs(float64(x))) }

func quantisePrototype(v *[Dense]float32) (out prototype) {
	greatest := float32(0)
	for _, x := range v {
		greatest = max(greatest, abs(x))
	}
	if greatest == 0 {
		return out
	}
	out.scale = greatest / 127
	for i, x := range v {
		out.vector[i] = int8(math.Round(float64(x / out.scale)))
	}
	return out
}

// finish fills in what follows from the rest.
func (c *Classifier) finish() {
	total := uint32(0)
	for i, w := range c.known {
		c.rank[i] = total
		total += uint32(bits.OnesCount64(w))
	}
	for b := range c.idf {
		c.idf[b] = float32(math.Sqrt(float64(b) * float64(c.square)))
	}
}

// row returns the number of a feature's row, false if the feature has no weights.
func (c *Classifier) row(feature uint32) (uint32, bool) {
	word, bit := c.known[feature/64], uint64(1)<<(feature%64)
	return c.rank[feature/64] + uint32(bits.OnesCount64(word&(bit-1))), word&bit != 0
}

// Header returns what the artifact says of itself. Its slices are the classifier's.
func (c *Classifier) Header() *Header { return &c.header }

// Tasks returns the names of the tasks that the classifier tells apart. The slice is the classifier's.
func (c *Classifier) Tasks() []string { return c.header.Tasks }

// Embedder returns what turns requests into the classifier's features.
func (c *Classifier) Embedder() Embedder { return c.embedder }
