package routing

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"github.com/tierwise/tierwise/routing/accept"
	"github.com/tierwise/tierwise/routing/judge"
)

// A serving is a config with all that it takes to serve requests by it. It is immutable; the accounts in it are not.
type serving struct {
	config   *Config
	hash     string // of decisions
	table    *Table
	names    []string       // of the tasks
	chains   [][]sizedChain // by task
	lacking  []error        // checks whose functions the service did not supply
	logprobs [][]bool       // by task and place in the chain: a check wants to see them
	labeler  *judge.Labeler // of the LLM router; nil: there is none

	upstreams []upstream // by ModelID
	accounts  map[accountID]*account

	answers *answerCache // nil: the config has no cache
	caching *caching     // nil: there is none that works
}

// read reads the config and lays out what serves it. Accounts that old has stay the same.
func (r *Router) read(old *serving) (*serving, error) {
	c, err := r.source()
	if err != nil {
		return nil, err
	}
	table, err := Compile(c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Source, err)
	}
	s := &serving{config: c, hash: c.DecisionHash(), table: table, labeler: newLabeler(c), accounts: make(map[accountID]*account)}
	for task := range TaskID(table.NumTasks()) {
		s.names = append(s.names, table.TaskName(task))
		s.chains = append(s.chains, table.planChains(c, task))
		s.logprobs = append(s.logprobs, table.logprobs(task))
	}
	s.lacking = lackingFuncs(table, r.opts.Checks)
	var known map[accountID]*account
	if old != nil {
		known = old.accounts
	}
	accounts := make(map[string]*account)
	providers := make(map[string]*Provider)
	for i := range c.Providers {
		p := &c.Providers[i]
		a := accountOf(p, &r.opts, known)
		s.accounts[a.id], accounts[p.Name], providers[p.Name] = a, a, p
	}
	for id := range ModelID(table.NumModels()) {
		m := c.model(table.ModelName(id))
		u := upstream{name: m.Name, id: m.ID, timeout: table.ModelTimeout(id), retries: DefaultRetries}
		if p := providers[m.Provider]; p != nil {
			u.account, u.kind = accounts[m.Provider], p.Kind
			u.state = u.account.model(m.ID)
			u.limits.FirstToken, u.limits.Idle = p.FirstToken, p.Idle
			if p.Retries != nil {
				u.retries = *p.Retries
			}
		}
		s.upstreams = append(s.upstreams, u)
	}
	var oldAnswers *answerCache
	if old != nil {
		oldAnswers = old.answers
	}
	if s.answers, err = answerCacheOf(c, &r.opts, oldAnswers); err != nil {
		return nil, fmt.Errorf("%s: %w", c.Source, err)
	}
	s.caching = cachingOf(c, table, s.answers)
	if old == nil {
		s.setLimits()
	}
	return s, nil
}

// setLimits sets how much the accounts may be asked.
func (s *serving) setLimits() {
	for i := range s.config.Providers {
		p := &s.config.Providers[i]
		for id, a := range s.accounts {
			if id.name == p.Name {
				a.limit(p)
			}
		}
	}
}

// logprobs returns for each place in a task's chain whether a check wants log-probabilities.
func (t *Table) logprobs(task TaskID) []bool {
	k := &t.tasks[task]
	out := make([]bool, len(k.chain))
	for i := range out {
		for j := range k.checks {
			kind := k.checks[j].Kind
			if _, ok := k.checks[j].Threshold(i); ok && (kind == accept.LogprobMean || kind == accept.LogprobMin) {
				out[i] = true
			}
		}
	}
	return out
}

// ready reports what keeps models from being asked.
func (s *serving) ready() error {
	var errs []error
	reported := make(map[*account]bool)
	for _, name := range s.config.usedModels() {
		id, ok := s.table.Model(name)
		if !ok {
			continue
		}
		switch a := s.upstreams[id].account; {
		case a == nil:
			errs = append(errs, fmt.Errorf("models.%s: it cannot be asked, for the config names no provider for it", name))
		case a.err != nil && !reported[a]:
			reported[a] = true
			errs = append(errs, a.err)
		}
	}
	errs = append(errs, s.lacking...)
	return errors.Join(append(errs, s.answers.readyErr())...)
}

// closeUnlessIn closes the accounts that next does not have, and the cache; nil for all.
func (s *serving) closeUnlessIn(next *serving) error {
	var errs []error
	for _, a := range slices.Collect(maps.Values(s.accounts)) {
		if next == nil || next.accounts[a.id] != a {
			errs = append(errs, a.close())
		}
	}
	if next == nil || next.answers != s.answers {
		errs = append(errs, s.answers.close())
	}
	return errors.Join(errs...)
}

func (s *serving) logAttrs() []any {
	return []any{slog.String("file", s.config.Source), slog.String("name", s.config.Name), slog.String("decision_hash", s.hash)}
}
