package imports

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// promptfooColumns tells columns apart that share model and prompt, as two providers do that differ in their config
// only: the second becomes model#2. Results are those of one file.
func (r *run) promptfooColumns(results []promptfooResult) {
	type title struct{ model, label string }
	titles := map[title][]int{}        // their columns
	inputs := map[int]map[int]string{} // column → test → content
	for _, res := range results {
		t := title{res.outcome.Model, res.label}
		if inputs[res.column] == nil {
			inputs[res.column] = map[int]string{}
			titles[t] = append(titles[t], res.column)
		}
		inputs[res.column][res.test] = res.content
	}
	rank := map[int]int{}
	for _, columns := range titles {
		slices.Sort(columns)
		for i, c := range columns {
			for _, d := range columns[:i] {
				if sameInputs(inputs[c], inputs[d]) { // else two prompts share a label
					rank[c]++
				}
			}
		}
	}
	for i := range results {
		if k := rank[results[i].column]; k > 0 {
			o := &results[i].outcome
			r.warn(results[i].at, fmt.Sprintf("several providers are called %q: the others became %q and so on; give them labels", o.Model, o.Model+"#2"))
			o.Model = fmt.Sprintf("%s#%d", o.Model, k+1)
		}
	}
}

// sameInputs reports whether no test has different contents in two columns.
func sameInputs(a, b map[int]string) bool {
	for test, content := range a {
		if other, ok := b[test]; ok && other != content {
			return false
		}
	}
	return true
}

// promptfooTwice finds results that were given twice, as the .json and the .jsonl of one run do.
func (r *run) promptfooTwice(all []promptfooResult) error {
	first := map[string]place{}
	for _, res := range all {
		if res.uuid == "" {
			continue
		}
		if at, ok := first[res.uuid]; ok {
			return r.problem(res.at, fmt.Sprintf("the same result (id %s) stands at %s", res.uuid, at), "give each run once, as .json or as .jsonl")
		}
		first[res.uuid] = res.at
	}
	return nil
}

// promptfooPrompt keeps the results of the prompt that was asked for.
func (r *run) promptfooPrompt(all []promptfooResult, file string) ([]promptfooResult, error) {
	labels := map[string]bool{}
	for _, res := range all {
		labels[res.label] = true
	}
	names := slices.Sorted(maps.Keys(labels))
	if r.opts.Prompt == "" {
		if len(names) > 1 {
			r.warn(place{file: file}, fmt.Sprintf("%d prompts (%s): each test is several requests, which are not independent; --prompt takes one", len(names), quoted(names)))
		}
		return all, nil
	}
	if !labels[r.opts.Prompt] {
		return nil, r.problem(place{file: file}, fmt.Sprintf("no prompt %q in it%s", r.opts.Prompt, meant(r.opts.Prompt, names)), "there are "+quoted(names))
	}
	return slices.DeleteFunc(all, func(res promptfooResult) bool { return res.label != r.opts.Prompt }), nil
}

// promptfooKeys gives each result its id, its key and the number of its repeat.
//
// A request is a test with a prompt. Its id is description|label where that names one content key, else the content
// key; across files only the content key holds, for tests are renumbered by filters and described anew. The k-th
// test with the same key, by number, is repeat k: promptfoo has no other sign of a repeat.
func (r *run) promptfooKeys(all []promptfooResult, severalFiles bool) {
	contents, names := map[string]map[string]bool{}, map[string]map[string]bool{}
	note := func(m map[string]map[string]bool, key, value string) {
		if m[key] == nil {
			m[key] = map[string]bool{}
		}
		m[key][value] = true
	}
	for _, res := range all {
		note(contents, res.name, res.content)
		note(names, res.content, res.name)
	}
	for i := range all {
		res := &all[i]
		res.row.ID = res.content
		switch {
		case res.name == "":
		case len(contents[res.name]) > 1:
			r.warn(res.at, "a description with a prompt that names several inputs: ids are made of the content")
		case !severalFiles || len(names[res.content]) == 1:
			res.row.ID = res.name
		}
		res.key = res.row.ID + "\x00" + res.content
		if severalFiles {
			res.key = res.content
		}
		if !severalFiles && len(names[res.content]) > 1 && res.row.Group == "" {
			res.row.Group = res.content // the same input under several names
		}
	}
	promptfooRepeats(all)
}

// promptfooRepeats numbers the tests of each file and key, which come in order.
func promptfooRepeats(all []promptfooResult) {
	type where struct {
		file int
		key  string
	}
	tests := map[where][]int{}
	for i := range all {
		w := where{all[i].file, all[i].key}
		k := slices.Index(tests[w], all[i].test)
		if k < 0 {
			k = len(tests[w])
			tests[w] = append(tests[w], all[i].test)
		}
		all[i].nth = k + 1
	}
}

func (r *run) promptfooJoin(ctx context.Context, all []promptfooResult) error {
	j := newJoiner(r, "tests of one input expect one answer; was it edited between the runs?")
	asserts := map[string]string{}
	for _, res := range all {
		if known, ok := asserts[res.key]; ok && known != res.asserts {
			r.warn(res.at, fmt.Sprintf("request %q is graded by other assertions in another test: give tests descriptions of their own", res.row.ID))
		}
		asserts[res.key] = res.asserts
		if err := j.add(res.record); err != nil {
			return err
		}
	}
	return j.emit(ctx)
}
