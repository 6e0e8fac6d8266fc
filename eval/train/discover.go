package train

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing/classify"
)

// DiscoverOptions say how clusters are looked for. The zero value chooses everything.
type DiscoverOptions struct {
	Clusters int    // 0: chosen by silhouette; else 2 to MaxClusters
	Embedder string // as ReadOptions.Embedder
	Seed     uint64 // draws the sample and begins k-means

	Workers  int                     // 0: 1
	Progress func(done, total int64) // rows of the data, which is read three times; from several goroutines; may be nil
}

// MaxClusters is the greatest number of clusters.
const MaxClusters = 200

// Limits on what clusters are learned from; all other requests are given to the nearest one. Of the prompts in a sample
// the texts are kept.
const (
	maxLearned       = 10_000
	maxLearnedHashed = 4 << 20  // bytes that the built-in embedder looks at
	maxLearnedDense  = 10 << 20 // numbers of embeddings that came with the traffic
	maxAxes          = 60
)

// A Discovery is traffic divided into proposed tasks.
type Discovery struct {
	Data     DiscoveredData `json:"data"`
	Embedder string         `json:"embedder"`
	Seed     uint64         `json:"seed"`
	Tool     string         `json:"tool_version,omitempty"`

	Clusters []Cluster `json:"clusters"` // the largest first
	// Unlike counts the requests that fit nowhere: less than half as similar to the center of their cluster as the
	// median of its requests, those that are the same counted once.
	Unlike int `json:"unlike"`
	// Unplaced counts the requests that are in no cluster: those without embedding, where that is what is clustered,
	// and those of which nothing is known from others.
	Unplaced int `json:"unplaced"`
	// Tried are the numbers of clusters that were tried, if it was to be chosen.
	Tried []ClusterCount `json:"tried,omitempty"`
	// Agreement with the gold tasks; nil if there are none.
	Agreement *Agreement `json:"agreement,omitempty"`

	of [][]int32 // of each shard, in the order of its requests: index into Clusters, or −1
}

// DiscoveredData says what clusters were found in.
type DiscoveredData struct {
	Files    []string `json:"files,omitempty"` // as the caller named them
	Requests int      `json:"requests"`
	Distinct int      `json:"distinct_requests"` // not the same as another one
	Learned  int      `json:"learned_from"`      // distinct ones that clusters were learned from
	Split    bool     `json:"split,omitempty"`   // those of the split "tune" alone
}

// A Cluster is a proposed task.
type Cluster struct {
	Name     string   `json:"name"` // of its first terms, no two alike
	Requests int      `json:"requests"`
	Share    float64  `json:"share"`   // of all requests
	Terms    []string `json:"terms"`   // words that set it apart, the strongest first
	Prompts  []string `json:"prompts"` // typical ones, nearest the center first; in one line, and cut
	// Cohesion is the mean similarity of its requests to its center: the cosine between their vectors, from 0 to 1.
	Cohesion float64 `json:"cohesion"`
	// Nearest is the cluster whose center is most like this one's, by the cosine Similarity.
	Nearest    string  `json:"nearest"`
	Similarity float64 `json:"similarity"`
	Unlike     int     `json:"unlike"` // of its requests, those that fit nowhere
	// GoldTask is the most frequent gold task of its requests, and GoldShare its share among those that have one.
	GoldTask  string  `json:"gold_task,omitempty"`
	GoldShare float64 `json:"gold_share,omitempty"`
}

// Discover divides requests into clusters by what their prompts say, whatever their tasks. Of many only a random sample
// is learned from; requests that are the same count once there; where there is a split, only requests of "tune" do. The
// outcome depends on the requests, their splits and the options, and neither on the order of requests nor on the number
// of workers. Errors are those of the data, and traffic with too few different requests.
func Discover(ctx context.Context, d *datasets.Dataset, opts *DiscoverOptions) (*Discovery, error) {
	if opts == nil {
		opts = &DiscoverOptions{}
	}
	if opts.Clusters < 0 || opts.Clusters == 1 || opts.Clusters > MaxClusters {
		return nil, fmt.Errorf("%d clusters: want 2 to %d, or 0 to have the number chosen", opts.Clusters, MaxClusters)
	}
	if err := checkEmbedder(opts.Embedder); err != nil {
		return nil, err
	}
	external := opts.Embedder != "" && opts.Embedder != classify.NGramsName
	if external && !d.Has("embedding") {
		return nil, fmt.Errorf("the traffic has no embedding column of %q: leave the embedder out to cluster the prompts", opts.Embedder)
	}
	x := &discovering{d: d, opts: opts, external: external}
	if err := x.survey(ctx); err != nil {
		return nil, err
	}
	if err := x.learn(ctx); err != nil {
		return nil, err
	}
	if err := x.assign(ctx); err != nil {
		return nil, err
	}
	return x.report(), nil
}

// A discovering is Discover at work.
type discovering struct {
	d        *datasets.Dataset
	opts     *DiscoverOptions
	external bool
	passes   int64 // over the data, so far

	shards   [][]seenRow
	split    bool
	distinct []uint64 // keys, rising
	repeats  []int    // requests of each

	sample   []Request // what is learned from, in an order that the seed gives
	keys     []uint64  // of sample
	vectors  *vectors
	embedder classify.Embedder
	space    *space
	points   []float32 // places of sample: × space.dims
	tried    []ClusterCount
	clusters *clustering // of the sample

	cluster    []int32   // of each of distinct; −1: none
	similarity []float32 // to its center
}

// learn finds clusters in the sample.
func (x *discovering) learn(ctx context.Context) error {
	if err := x.collect(ctx); err != nil {
		return err
	}
	embedder := classify.Embedder(classify.NGrams{Bits: maxDiscoverBits})
	dims := maxAxes
	if x.external && len(x.sample) > 0 {
		dims = len(x.sample[0].Input.Embedding)
		embedder = classify.External{Model: x.opts.Embedder, Size: dims}
	}
	x.embedder = embedder
	v, err := embedBy(ctx, embedder, x.sample, x.opts.Workers)
	if err != nil {
		return err
	}
	if len(v.rows) < 2 {
		return fmt.Errorf("there is nothing to cluster: %d different requests", len(v.rows))
	}
	v.dense, x.vectors = x.external, v
	x.space, err = newSpace(ctx, v, max(dims, min(2*x.opts.Clusters, 2*maxAxes)), x.opts.Workers, rand.New(rand.NewPCG(x.opts.Seed, 0)))
	if err != nil {
		return err
	}
	if x.space.dims == 0 {
		return errors.New("there is nothing to cluster: the requests have nothing to tell them apart")
	}
	x.points = make([]float32, len(v.rows)*x.space.dims)
	for i, row := range v.rows {
		x.space.place(x.points[i*x.space.dims:][:x.space.dims], row)
	}
	return x.divide(ctx)
}

// maxDiscoverBits is log2 of how many buckets features are hashed into.
const maxDiscoverBits = 17

// divide clusters the places of the sample.
func (x *discovering) divide(ctx context.Context) error {
	different := x.different()
	k := x.opts.Clusters
	switch {
	case different < max(k, 2):
		return fmt.Errorf("%d clusters: there are only %d different requests", max(k, 2), different)
	case k == 0:
		var err error
		if x.tried, err = chooseCount(ctx, x.points, x.space.dims, different, x.opts); err != nil {
			return err
		}
		k = bestCount(x.tried)
	}
	var err error
	x.clusters, err = spherical(ctx, x.points, x.space.dims, k, x.opts.Workers, x.opts.Seed)
	return err
}

// different counts the places of the sample, as far as it matters.
func (x *discovering) different() int {
	seen := map[string]bool{}
	for i := 0; i < len(x.points) && len(seen) <= MaxClusters; i += x.space.dims {
		seen[fmt.Sprint(x.points[i:][:x.space.dims])] = true
	}
	return len(seen)
}

// workersFor is how many goroutines a shard of the data gets.
func (x *discovering) workersFor() int {
	return max(cmp.Or(x.opts.Workers, 1)/max(len(x.d.Shards()), 1), 1)
}
