package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tierwise/tierwise/datasets"
	"github.com/tierwise/tierwise/eval/train"
	"github.com/tierwise/tierwise/reports"
	"github.com/tierwise/tierwise/reports/text"
)

// discoverFlags are the flags of train that make it propose tasks, or rename them, and not train.
type discoverFlags struct {
	clusters string
	relabel  string
}

func (f *discoverFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.clusters, "discover", "", "propose tasks: divide the requests into `K` clusters by their prompts; auto: as many as stand apart")
	flags.StringVar(&f.relabel, "relabel", "", "rename and merge tasks as this `file` says, which --discover writes")
}

// asked reports whether train is to do that.
func (f *discoverFlags) asked() bool { return f.clusters != "" || f.relabel != "" }

// discoverHelp is what the help of train says about it.
const discoverHelp = `Without gold tasks, --discover K proposes some: it clusters the requests by their prompts, whatever
their task column says, and shows the terms and typical prompts of each cluster. With -o LABELED.parquet
it writes a copy of the traffic whose task column is the cluster, and beside it LABELED.tasks.toml,
to edit: rename clusters, and merge several by giving them the same name. --relabel
LABELED.tasks.toml applies that. With a split column, clusters are learned from "tune" alone. The
copies are in the canonical layout, quality from 0 to 1: columns that it does not know, and
requests that --where leaves out, are not in them.`

const discoverExample = `  tierwise train --discover auto -d raw.parquet
  tierwise train --discover 8 -d raw.parquet -o labeled.parquet
  tierwise train --relabel labeled.tasks.toml -d labeled.parquet -o tasks.parquet
  tierwise train -d tasks.parquet -o classifier.bin`

// count is the number of clusters asked for; 0: to be chosen.
func (f *discoverFlags) count() (int, error) {
	if f.clusters == "auto" {
		return 0, nil
	}
	k, err := strconv.Atoi(f.clusters)
	if err != nil || k < 0 || k == 1 || k > train.MaxClusters {
		return 0, fmt.Errorf("--discover %s: want a number of clusters, 2 to %d, or auto", f.clusters, train.MaxClusters)
	}
	return k, nil
}

// checkDiscover looks at the flags before any work is done.
func (f *trainFlags) checkDiscover() error {
	name := "--discover"
	if f.discover.relabel != "" {
		name = "--relabel"
	}
	for _, other := range []struct {
		flag string
		set  bool
	}{
		{"--reject", f.reject != ""}, {"--precision", f.given("precision")}, {"--config", f.config != ""},
		{"--baseline", f.baseline != ""}, {"--max-rows", f.given("max-rows")}, {"--embedder", f.embedder != "" && f.discover.relabel != ""},
	} {
		if other.set {
			return fmt.Errorf("%s trains nothing: %s has no meaning with it", name, other.flag)
		}
	}
	if err := f.checkEmbedder(); err != nil {
		return err
	}
	switch {
	case f.discover.relabel != "" && f.discover.clusters != "":
		return errors.New("--discover and --relabel are two steps: first propose tasks, then rename them")
	case f.discover.relabel != "" && f.output == "":
		return errors.New("where to? name the file for the renamed traffic with -o, such as -o tasks.parquet")
	case f.output == "":
		return nil
	case filepath.Ext(f.output) != ".parquet":
		return fmt.Errorf("-o %s: %s writes traffic, as Parquet; name a .parquet file", f.output, name)
	}
	return checkPlace(f.output)
}

// tasksPath is where the file to edit goes.
func tasksPath(output string) string { return strings.TrimSuffix(output, ".parquet") + ".tasks.toml" }

// discover proposes tasks, or renames them.
func (a *app) discover(ctx context.Context, f *trainFlags) error {
	if err := f.checkDiscover(); err != nil {
		return err
	}
	d, names, err := f.data.open(ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	if f.output != "" {
		if err := keepInputs(f.output, append(names, f.data.mapping, f.discover.relabel)...); err != nil {
			return err
		}
	}
	if f.discover.relabel != "" {
		return a.relabel(ctx, f, d)
	}
	k, err := f.discover.count()
	if err != nil {
		return err
	}
	if f.output != "" {
		if err := keepEdits(tasksPath(f.output)); err != nil {
			return err
		}
	}
	x, err := a.cluster(ctx, f, d, k)
	if err != nil {
		return err
	}
	x.Data.Files, x.Tool = names, version()
	if f.output != "" {
		if err := a.writeLabeled(ctx, f, d, x); err != nil {
			return err
		}
	}
	if f.json {
		return printJSON(a.stdout, x)
	}
	if err := text.Write(a.stdout, reports.Discovery(x)); err != nil {
		return err
	}
	return a.afterDiscovery(f)
}

func (a *app) cluster(ctx context.Context, f *trainFlags, d *datasets.Dataset, k int) (*train.Discovery, error) {
	report, end := a.progress("clustering")
	defer end()
	x, err := train.Discover(ctx, d, &train.DiscoverOptions{
		Clusters: k, Embedder: f.embedder, Seed: f.seed, Workers: f.data.workers, Progress: report,
	})
	if err != nil {
		return nil, collapse(err)
	}
	return x, nil
}

// keepEdits refuses to overwrite a file of tasks in which somebody has named some.
func keepEdits(path string) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := train.ParseTaskNames(path, data)
	edited := err != nil
	for from, to := range names {
		edited = edited || from != to
	}
	if edited {
		return fmt.Errorf("%s is there already, with names of your own: name another file with -o, or remove it", path)
	}
	return nil
}

// writeLabeled writes the traffic with the proposed tasks, and the file to edit beside it.
func (a *app) writeLabeled(ctx context.Context, f *trainFlags, d *datasets.Dataset, x *train.Discovery) error {
	report, end := a.progress("writing")
	defer end()
	tasks := tasksPath(f.output)
	return replaceFile(f.output, func(w io.Writer) error {
		if err := x.WriteLabeled(ctx, w, d, report); err != nil {
			return err
		}
		return writeFile(tasks, x.TaskNames(
			fmt.Sprintf("Tasks proposed by tierwise train --discover from %s.", strings.Join(x.Data.Files, ", ")),
			"Give each the name that you want, and several the same name to make them one; \"\" takes the name away. Then:",
			"  "+relabelCommand(f.output),
		))
	})
}

func relabelCommand(labeled string) string {
	return fmt.Sprintf("tierwise train --relabel %s -d %s -o %s", shellQuote(tasksPath(labeled)), shellQuote(labeled),
		shellQuote(filepath.Join(filepath.Dir(labeled), "tasks.parquet")))
}

// afterDiscovery says what to do next.
func (a *app) afterDiscovery(f *trainFlags) error {
	var b bytes.Buffer
	if f.output == "" {
		fmt.Fprintf(&b, "\nNext:  tierwise train --discover %s %s -o labeled.parquet    (writes the clusters as tasks, to edit)\n",
			f.discover.clusters, f.data.args())
	} else {
		fmt.Fprintf(&b, "\nWrote %s (the task of each request is its cluster) and %s\n", f.output, tasksPath(f.output))
		fmt.Fprintf(&b, "\nNext:  rename and merge clusters in %s, then\n       %s\n", tasksPath(f.output), relabelCommand(f.output))
	}
	_, err := a.stdout.Write(b.Bytes())
	return err
}

// relabel renames tasks.
func (a *app) relabel(ctx context.Context, f *trainFlags, d *datasets.Dataset) error {
	data, err := os.ReadFile(f.discover.relabel)
	if err != nil {
		return fmt.Errorf("--relabel: %w", err)
	}
	names, err := train.ParseTaskNames(f.discover.relabel, data)
	if err != nil {
		return err
	}
	report, end := a.progress("writing")
	defer end()
	var x *train.Relabeling
	err = replaceFile(f.output, func(w io.Writer) error {
		x, err = train.WriteRelabeled(ctx, w, d, names, report)
		return err
	})
	switch {
	case errors.Is(err, train.ErrNoSuchTask):
		return fmt.Errorf("%s: %w", f.discover.relabel, err)
	case err != nil:
		return collapse(err)
	}
	end()
	if f.json {
		return printJSON(a.stdout, x)
	}
	if err := text.Write(a.stdout, reports.Relabeling(x)); err != nil {
		return err
	}
	output := shellQuote(f.output)
	_, err = fmt.Fprintf(a.stdout, "\nWrote %[1]s\n\nNext:  tierwise init -d %[2]s -o dispatch.toml    (a first dispatch config)\n       tierwise train -d %[2]s -o classifier.bin    (tells these tasks apart)\n",
		f.output, output)
	return err
}
