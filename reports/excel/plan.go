package excel

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/tierwise/tierwise/reports"
)

// A planned sheet has its name before anything is written, so that the Summary can link to it.
type planned struct {
	name, about string
	write       func() error
}

const (
	summarySheet = "Summary"
	whatIfSheet  = "What-if"
	chartSheet   = "Chart data"
	notesSheet   = "Notes"
)

// sheetNames are the names of the sections that every reader knows by them.
var sheetNames = map[string]string{
	"tasks": "Tasks", "ladder": "Ladder", "candidates": "Candidates", "models": "Models", "escalations": "Escalations",
	"misroutes": "Misroutes", "confusion": "Confusion", "confusion-dollars": "Confusion $", "checks": "Checks", "regressions": "Regressions", "latency": "Latency", "method": "Method",
	"findings": "Findings", "rows": "Rows", "scenarios": "Scenarios", "choices": "Tasks", "frontier": "Frontier", "rules": "Rules", "against": "Against",
	"config": "Config", "flows": "Flows", "routing": "Routing", "wins": "Wins", "held": "Not moved", "answer": "Answer",
}

// beforeWhatIf are the sections that What-if comes after.
var beforeWhatIf = []string{"tasks", "ladder", "candidates", "models"}

func (b *book) makePlan() {
	names := &uniqueNames{seen: map[string]bool{}}
	names.take(chartSheet)
	if b.doc.Summary != nil {
		b.plan = append(b.plan, planned{name: names.take(summarySheet), write: b.writeSummary})
	}
	whatIfAt := len(b.plan)
	var notes []*reports.Section
	for i := range b.doc.Sections {
		s := &b.doc.Sections[i]
		if s.Table == nil && len(s.Pairs) == 0 && len(s.Charts) == 0 && s.ID == "" {
			notes = append(notes, s) // a few lines are no sheet
			continue
		}
		name := names.take(sectionName(s))
		b.plan = append(b.plan, planned{name: name, about: s.About, write: func() error { return b.writeSection(name, s) }})
		if slices.Contains(beforeWhatIf, s.ID) {
			whatIfAt = len(b.plan)
		}
	}
	if len(notes) > 0 {
		name := names.take(notesSheet)
		b.plan = append(b.plan, planned{name: name, about: "What the figures are of, and what to know before trusting them.", write: func() error { return b.writeNotes(name, notes) }})
	}
	if b.doc.WhatIf != nil {
		name := names.take(whatIfSheet)
		b.plan = slices.Insert(b.plan, whatIfAt, planned{name: name, about: whatIfAbout, write: func() error { return b.writeWhatIf(name) }})
	}
	if len(b.plan) == 0 {
		b.plan = append(b.plan, planned{name: notesSheet, write: func() error { return b.writeNotes(notesSheet, nil) }})
	}
}

func sectionName(s *reports.Section) string {
	if name, ok := sheetNames[s.ID]; ok {
		return name
	}
	title := s.Title
	if title == "" {
		title = s.ID
	}
	if title == strings.ToUpper(title) {
		title = sentenceCase(title)
	}
	return title
}

// sentenceCase writes a heading in capitals as prose.
func sentenceCase(s string) string {
	r := []rune(strings.ToLower(s))
	if len(r) > 0 {
		r[0] = unicode.ToUpper(r[0])
	}
	return string(r)
}

// maxSheetName is how many UTF-16 units the name of a sheet may have.
const maxSheetName = 31

// uniqueNames hands out names of sheets: Excel compares them without case.
type uniqueNames struct{ seen map[string]bool }

func (u *uniqueNames) take(want string) string {
	base := sheetName(want)
	name := base
	for i := 2; u.seen[strings.ToLower(name)]; i++ {
		suffix := fmt.Sprintf(" %d", i)
		name = cutUnits(base, maxSheetName-len(suffix)) + suffix
	}
	u.seen[strings.ToLower(name)] = true
	return name
}

// sheetName makes a text a valid name of a sheet.
func sheetName(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`:\/?*[]`, r) || unicode.IsControl(r) {
			return ' '
		}
		return r
	}, clean(s))
	s = cutUnits(strings.Join(strings.Fields(s), " "), maxSheetName)
	s = strings.Trim(s, "' ")
	if s == "" || strings.EqualFold(s, "history") { // Excel keeps that name for itself
		return "Sheet"
	}
	return s
}

// cutUnits cuts a text to so many UTF-16 units, never within a character.
func cutUnits(s string, most int) string {
	units := 0
	for i, r := range s {
		units += utf16.RuneLen(r)
		if units > most {
			return s[:i]
		}
	}
	return s
}
