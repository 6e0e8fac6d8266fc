package eval

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/routing"
)

// Format and version of a part file. SHARDS.md documents it.
const (
	PartFormat  = "tierwise.part"
	PartVersion = 3
)

// A Part is what one of several processes added up: enough, with the other parts, to finish the evaluation anywhere.
type Part struct {
	Format  string   `json:"format"`
	Version int      `json:"version"`
	Tool    string   `json:"tool_version"`
	JobHash string   `json:"job_hash"`
	Job     JobSpec  `json:"job"`
	Index   int      `json:"shard"` // from 0
	Of      int      `json:"shards"`
	Files   []string `json:"files"`
	// Data identifies the row groups of the whole dataset, Read those that this part read.
	Data string   `json:"data"`
	Read []string `json:"read"`
	Sums *Sums    `json:"sums"`
}

// A JobSpec is a job as bytes: it refers to no file.
type JobSpec struct {
	Candidates []CandidateSpec `json:"candidates"`
	Options    Options         `json:"options"`
	// Data says how the traffic is read (conditions, mapping, scale): parts that read differently do not belong together.
	Data string `json:"data_options,omitempty"`
}

// A CandidateSpec is a candidate as bytes.
type CandidateSpec struct {
	Label string            `json:"label"`
	TOML  string            `json:"config"`
	Files map[string][]byte `json:"files,omitempty"` // what the config refers to
	// OutOfFold is the SHA-256 of the file of out-of-fold predictions, "" without one.
	OutOfFold string `json:"out_of_fold,omitempty"`
	// Splits are those of the files of out-of-fold gains, by the artifact's path.
	Splits map[string]string `json:"splits,omitempty"`
}

// Spec returns the job as bytes.
func (j *Job) Spec(dataOptions string) JobSpec {
	s := JobSpec{Options: j.opts, Data: dataOptions, Candidates: []CandidateSpec{}}
	for _, c := range j.candidates {
		spec := CandidateSpec{Label: c.Label, TOML: string(c.Config.Text), Files: c.Config.Files, OutOfFold: c.OutOfFoldSum}
		for path, g := range c.Splits {
			if spec.Splits == nil {
				spec.Splits = map[string]string{}
			}
			spec.Splits[path] = g.Sum
		}
		s.Candidates = append(s.Candidates, spec)
	}
	return s
}

// Hash identifies the job: parts of different jobs have different hashes.
func (s JobSpec) Hash() string {
	data, _ := json.Marshal(s) // cannot fail: strings, numbers and maps of them, in sorted order
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Job makes the job again, to finish sums: out-of-fold predictions are not in the bytes, so it would leave out requests that
// the process which made the job did not.
func (s JobSpec) Job() (*Job, error) {
	var candidates []Candidate
	for _, c := range s.Candidates {
		config, err := routing.ParseConfig(c.Label+".toml", []byte(c.TOML), func(path string) ([]byte, error) {
			data, ok := c.Files[path]
			if !ok {
				return nil, fmt.Errorf("%s is not in the part", path)
			}
			return data, nil
		})
		if err != nil {
			return nil, err
		}
		candidate := Candidate{Label: c.Label, Config: config, OutOfFoldSum: c.OutOfFold}
		for path, sum := range c.Splits {
			if candidate.Splits == nil {
				candidate.Splits = map[string]SplitGains{}
			}
			candidate.Splits[path] = SplitGains{Sum: sum}
		}
		candidates = append(candidates, candidate)
	}
	return NewJob(candidates, &s.Options)
}

// SelectShards returns the shards of part index of n: every n-th.
func SelectShards(all []datasets.Shard, index, n int) []datasets.Shard {
	var out []datasets.Shard
	for i, s := range all {
		if i%n == index {
			out = append(out, s)
		}
	}
	return out
}

// NewPart returns the part with what was added up over the shards that SelectShards returned.
func NewPart(j *Job, dataOptions string, files []string, all []datasets.Shard, index, n int, sums *Sums) *Part {
	spec := j.Spec(dataOptions)
	return &Part{
		Format: PartFormat, Version: PartVersion, JobHash: spec.Hash(), Job: spec, Index: index, Of: n, Files: files,
		Data: dataIdentity(all), Read: shardNames(SelectShards(all, index, n)), Sums: sums,
	}
}

// dataIdentity is a hash over all row groups of a dataset: names, versions and sizes.
func dataIdentity(shards []datasets.Shard) string {
	sum := sha256.Sum256([]byte(strings.Join(shardNames(shards), "\n")))
	return hex.EncodeToString(sum[:])
}

func shardNames(shards []datasets.Shard) []string {
	out := []string{}
	for _, s := range shards {
		out = append(out, fmt.Sprintf("%s#%d rows %d+%d (%s)", s.File, s.RowGroup, s.FirstRow, s.Rows, s.Version))
	}
	return out
}

// MergeParts checks that the parts are all of one job and adds them up. An error says which part does not belong.
func MergeParts(parts []*Part, names []string) (*Job, *Sums, error) {
	if len(parts) == 0 {
		return nil, nil, errors.New("no parts")
	}
	first := parts[0]
	seen := make([]string, max(first.Of, 0))
	for i, p := range parts {
		switch {
		case p.Format != PartFormat:
			return nil, nil, fmt.Errorf("%s: not a part (eval --shard writes parts)", names[i])
		case p.Version != PartVersion:
			return nil, nil, fmt.Errorf("%s: format version %d, this program reads %d", names[i], p.Version, PartVersion)
		case p.JobHash != p.Job.Hash():
			return nil, nil, fmt.Errorf("%s: the job in it is not the one that its hash names: the file was changed", names[i])
		case p.Data != first.Data:
			return nil, nil, fmt.Errorf("%s saw other data than %s: files were added or changed between the runs", names[i], names[0])
		case p.JobHash != first.JobHash:
			return nil, nil, fmt.Errorf("%s is of another job than %s: configs, classifiers, options and --where must be the same", names[i], names[0])
		case p.Of != first.Of || p.Index < 0 || p.Index >= p.Of:
			return nil, nil, fmt.Errorf("%s is part %d of %d, %s is one of %d", names[i], p.Index, p.Of, names[0], first.Of)
		case seen[p.Index] != "":
			return nil, nil, fmt.Errorf("%s and %s are both part %d of %d", seen[p.Index], names[i], p.Index, p.Of)
		case p.Sums == nil:
			return nil, nil, fmt.Errorf("%s: holds no sums", names[i])
		}
		seen[p.Index] = names[i]
	}
	if i := slices.Index(seen, ""); i >= 0 {
		return nil, nil, fmt.Errorf("part %d of %d is missing: run  tierwise eval --shard %d/%d …  again", i, first.Of, i, first.Of)
	}
	job, err := first.Job.Job()
	if err != nil {
		return nil, nil, err
	}
	total := newSums(job)
	for i, p := range parts {
		if err := p.Sums.fits(job); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", names[i], err)
		}
		total.Merge(p.Sums)
	}
	var ids idSet
	ids.add(total.IDs)
	if len(duplicates(&ids)) > 0 {
		return nil, nil, errors.New("two requests in different parts have the same id: tierwise inspect on all files names them")
	}
	return job, total, nil
}

// IDs are hashes of ids.
type IDs []uint64

// MarshalText writes the hashes in order, eight bytes each, in base64.
func (ids IDs) MarshalText() ([]byte, error) {
	data := make([]byte, 0, 8*len(ids))
	for _, id := range slices.Sorted(slices.Values(ids)) {
		data = binary.LittleEndian.AppendUint64(data, id)
	}
	return base64.StdEncoding.AppendEncode(nil, data), nil
}

// UnmarshalText reads what MarshalText wrote.
func (ids *IDs) UnmarshalText(text []byte) error {
	data, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return err
	}
	if len(data)%8 != 0 {
		return errors.New("hashes of ids are eight bytes each")
	}
	*ids = make(IDs, 0, len(data)/8)
	for ; len(data) > 0; data = data[8:] {
		*ids = append(*ids, binary.LittleEndian.Uint64(data))
	}
	return nil
}
