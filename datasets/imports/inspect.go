package imports

import (
	"archive/zip"
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// An inspectLog is a log of inspect_ai: one model on one task.
type inspectLog struct {
	name    string
	status  string
	eval    inspectEval
	samples []inspectLocated
}

// inspectEval is the part of EvalSpec that says what was run.
type inspectEval struct {
	EvalID   string         `json:"eval_id"`
	Task     string         `json:"task"`
	Model    string         `json:"model"`
	Packages map[string]any `json:"packages"`
}

type inspectLocated struct {
	inspectSample
	at place
}

func readInspect(ctx context.Context, r *run, files []string) error {
	j := newJoiner(r, "sample ids number the rows of the dataset, which was shuffled or edited between the runs: import logs of one version of it")
	logs := map[string]string{} // eval id → file
	uuids := map[string]bool{}
	for _, name := range files {
		if err := r.file(ctx, name); err != nil {
			return err
		}
		log, err := r.inspectFile(ctx, name)
		if err != nil {
			return err
		}
		if other, ok := logs[log.eval.EvalID]; ok && log.eval.EvalID != "" {
			return r.problem(place{file: name}, fmt.Sprintf("the same log (eval_id %s) as %s", log.eval.EvalID, other), "give each log once, as .eval or as .json")
		}
		logs[log.eval.EvalID] = name
		if err := r.inspectJoin(j, log, uuids); err != nil {
			return err
		}
	}
	return j.emit(ctx)
}

func (r *run) inspectFile(ctx context.Context, name string) (*inspectLog, error) {
	if filepath.Ext(name) == ".eval" {
		return r.inspectZip(ctx, name)
	}
	text, done, err := openText(name)
	if err != nil {
		return nil, err
	}
	defer done()
	return r.inspectJSON(ctx, name, text)
}

// inspectJSON reads a log in one JSON document.
func (r *run) inspectJSON(ctx context.Context, name string, text *bufio.Reader) (*inspectLog, error) {
	log := &inspectLog{name: name}
	d := newDocument(text)
	err := d.object(func(key string) error {
		switch key {
		case "status":
			return d.decode(&log.status)
		case "eval":
			return d.decode(&log.eval)
		case "samples":
			return d.list(func(i int) error {
				s := inspectLocated{at: place{file: name, at: fmt.Sprintf("samples[%d]", i)}}
				if err := d.decode(&s.inspectSample); err != nil {
					return fmt.Errorf("samples[%d]: %w", i, err)
				}
				s.at.at = s.where()
				log.samples = append(log.samples, s)
				return ctx.Err()
			})
		}
		return d.skip()
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, r.problem(place{file: name}, err.Error(), "is this a complete log of inspect_ai? its command log recover mends those cut short")
	}
	return log, r.inspectStatus(log)
}

// inspectZip reads a .eval file: a zip of one JSON per sample, with members in zstd since inspect_ai 0.3.206.
func (r *run) inspectZip(ctx context.Context, name string) (*inspectLog, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer closeRead(file)
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return r.inspectMembers(ctx, name, file, info.Size())
}

const zstdMethod = 93 // of zip, APPNOTE 6.3.7

func (r *run) inspectMembers(ctx context.Context, name string, file io.ReaderAt, size int64) (*inspectLog, error) {
	whole := place{file: name}
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, r.problem(whole, "not a whole .eval file: "+err.Error(), "inspect's log recover mends logs cut short")
	}
	archive.RegisterDecompressor(zstdMethod, zstd.ZipDecompressor(zstd.WithDecoderMaxMemory(maxValue)))
	log := &inspectLog{name: name, status: "started"}
	members := map[string]*zip.File{}
	for _, m := range archive.File {
		members[m.Name] = m
	}
	header := members["header.json"]
	if header != nil {
		var h struct {
			Status string      `json:"status"`
			Eval   inspectEval `json:"eval"`
		}
		if err := member(header, maxValue, &h); err != nil {
			return nil, r.problem(place{file: name, at: header.Name}, err.Error(), "")
		}
		log.status, log.eval = h.Status, h.Eval
	} else {
		start := members["_journal/start.json"]
		if start == nil {
			return nil, r.problem(whole, "it has neither header.json nor _journal/start.json: no log of inspect_ai", "")
		}
		var h struct {
			Eval inspectEval `json:"eval"`
		}
		if err := member(start, maxValue, &h); err != nil {
			return nil, r.problem(place{file: name, at: start.Name}, err.Error(), "")
		}
		log.eval = h.Eval
	}
	if err := r.inspectStatus(log); err != nil {
		return nil, err
	}
	for _, m := range archive.File {
		if !strings.HasPrefix(m.Name, "samples/") || !strings.HasSuffix(m.Name, ".json") {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := inspectLocated{at: place{file: name, at: m.Name}}
		if err := member(m, maxValue, &s.inspectSample); err != nil {
			return nil, r.problem(s.at, err.Error(), "")
		}
		s.at.at = s.where()
		log.samples = append(log.samples, s)
	}
	return log, nil
}

// member reads one JSON of a zip. What the archive says of sizes is not believed.
func member(m *zip.File, limit int64, v any) error {
	f, err := m.Open()
	if err != nil {
		return err
	}
	defer closeRead(f)
	var data bytes.Buffer
	n, err := io.Copy(&data, io.LimitReader(f, limit+1))
	if err != nil {
		return err
	}
	if n > limit {
		return fmt.Errorf("larger than %d MiB", limit>>20)
	}
	return decode(data.Bytes(), v)
}

// inspectStatus refuses logs of runs that did not end well, unless asked to take them.
func (r *run) inspectStatus(log *inspectLog) error {
	at := place{file: log.name}
	if log.eval.Model == "" || log.eval.Task == "" {
		return r.problem(at, "it names no eval.model and eval.task: no log of inspect_ai", "")
	}
	if log.status == "success" {
		return nil
	}
	if r.opts.Partial {
		r.warn(at, fmt.Sprintf("its status is %q: not all samples are in it", log.status))
		return nil
	}
	return r.problem(at, fmt.Sprintf("its status is %q: the run did not end well and its samples may be a biased part", log.status), "import it nonetheless with --partial, or run inspect eval-retry")
}

func (r *run) inspectJoin(j *joiner, log *inspectLog, uuids map[string]bool) error {
	if len(log.samples) == 0 {
		return r.problem(place{file: log.name}, "no samples in it", "write logs with their samples")
	}
	scorer, err := r.inspectScorer(log)
	if err != nil {
		return err
	}
	for i := range log.samples {
		s := &log.samples[i]
		if s.UUID != "" && uuids[s.UUID] {
			r.warn(s.at, "a sample that an earlier log holds already, as after a retry: left out")
			continue
		}
		uuids[s.UUID] = true
		rec, err := r.inspectRecord(log, s, scorer)
		if err != nil {
			if errors.Is(err, errSkip) {
				continue
			}
			return err
		}
		if err := j.add(rec); err != nil {
			return err
		}
	}
	return nil
}

// errSkip says that a record is left out: what is wrong with it has been noted.
var errSkip = errors.New("record left out")

// skip is errSkip after a problem that was noted, unless it is time to stop.
func skip(err error) error { return cmp.Or(err, errSkip) }

// rawID is an id that may be a number or a string.
func rawID(raw json.RawMessage) string {
	v, err := decodeAny(raw)
	if err != nil || v == nil {
		return ""
	}
	return text(v)
}
