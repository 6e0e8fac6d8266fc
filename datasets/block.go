package datasets

import "math"

// A block assembles Traffic from columns. Its use for each batch of requests: begin, drop, settle, the requests'
// columns, outcome for each outcome, place, the outcomes' columns, finish. All memory is kept from batch to batch.
//
// The slot of a request is its index in the block. The slot of an outcome is model × stride + request; beyond these
// lie the slots of extra outcomes: repeats, which finish folds into the first, and outcomes of models that were not
// asked for, which only count for the hash.
type block struct {
	opts     *Options
	cols     Columns
	wanted   map[string]bool // models; nil: all
	problems problemList
	before   int // problems before this batch

	// locate finds the file and the row in it of a row's number; nil: they are t.File and the number.
	locate func(number int64) (file string, row int64)

	t      Traffic
	stride int   // requests in the block
	rows   frame // requests
	items  frame // outcomes

	models   *names  // in the order of Traffic.Models
	unwanted *names  // models that were not asked for
	itemRow  []int32 // position of the request of each outcome
	model    []int32 // of each outcome; negative: ^index in unwanted
	extras   []extra
	folded   []int32 // scratch of foldRepeats
	answered []int32 // scratch of foldInto
	labeled  []bool
	replied  []bool // scratch of findLabeled

	rowNames  [numRowNames]*names
	rowName   [numRowNames][]int32
	itemNames [numOutcomeNames]*names

	scaled    []float64 // scratch of pourNumber
	none      []float64 // stride times null, for columns that are absent
	rowNumber [numRowNumbers][]float64
	number    [numOutcomeNumbers][]float64 // by slot; empty: absent in this batch
	itemName  [numOutcomeNames][]int32     // by slot; that of errors is always there
	texts     [numRowTexts]textColumn
	prompts   textColumn // texts[textPrompt] with the gaps filled from messages
	turn      []byte
	chars     []int32
	shape     shape
	size      vectorSize // of the embeddings of the dataset
	vectors   vectorColumn
	answers   answers
	answerOf  []textColumn // by model
	repeats   [][]Repeat   // by model
	idHash    []uint64
	outcomes  []Outcomes
}

// An extra is an outcome beyond the first of its request and model, or of a model that was not asked for.
type extra struct {
	first int32 // slot of the first; negative: none
	slot  int32
}

func newBlock(opts *Options, cols Columns) *block {
	b := &block{opts: opts, cols: cols, models: newNames(), unwanted: newNames()}
	b.rows.bare, b.items.bare = cols.Bare, cols.Bare
	b.problems.limit = opts.MaxErrors
	if b.problems.limit <= 0 {
		b.problems.limit = defaultMaxErrors
	}
	if cols.Models != nil {
		b.wanted = make(map[string]bool, len(cols.Models))
		for _, m := range cols.Models {
			b.wanted[m] = true
		}
	}
	for i := range b.rowNames {
		b.rowNames[i] = newNames()
	}
	for i := range b.itemNames {
		b.itemNames[i] = newNames()
	}
	return b
}

// begin starts a batch of n requests, the rows from first on of file.
func (b *block) begin(file string, shard int, first int64, n int) {
	b.t.File, b.t.Index = file, shard
	b.before = len(b.problems.list)
	b.rows.reset(n)
	for i := range n {
		b.rows.slot[i] = int32(i)
		b.rows.number[i] = first + int64(i)
	}
}

// drop leaves out the requests for which keep is false.
func (b *block) drop(keep []bool) {
	n := int32(0)
	for i := range b.rows.slot {
		if keep[i] {
			b.rows.slot[i] = n
			n++
		} else {
			b.rows.slot[i] = -1
		}
	}
}

// settle fixes the requests of the batch. All their columns are absent until they are poured.
func (b *block) settle() {
	t := &b.t
	t.Rows = t.Rows[:0]
	for i, s := range b.rows.slot {
		if s >= 0 {
			_, row := b.at(b.rows.number[i])
			t.Rows = append(t.Rows, row)
		}
	}
	b.stride = len(t.Rows)
	t.Len = b.stride
	b.none = filled(b.none, b.stride, nan)
	for i := range numRowNumbers {
		*b.rowNumbers(i) = b.none
	}
	t.TimeUS = filled(t.TimeUS, b.stride, NoTime)
	for i := range b.rowNames {
		b.dict(i).Index = nil
	}
	for i := range b.texts {
		b.texts[i].present = false
	}
	b.vectors.present = false
	b.items.truncate()
	b.itemRow, b.model, b.extras = b.itemRow[:0], b.model[:0], b.extras[:0]
	b.answers.present = false
}

// at is the file and the row in it of a row's number.
func (b *block) at(number int64) (file string, row int64) {
	if b.locate != nil {
		return b.locate(number)
	}
	return b.t.File, number
}

// kept is the number of rows of the batch that were not dropped.
func (b *block) kept() int {
	n := 0
	for _, s := range b.rows.slot {
		if s >= 0 {
			n++
		}
	}
	return n
}

// rowNumbers is the column of t of a numeric column of requests.
func (b *block) rowNumbers(column int) *[]float64 {
	t := &b.t
	return [numRowNumbers]*[]float64{
		&t.Weight, &t.RouterConfidence, &t.RouterCostUSD, &t.RouterLatencyMS, &t.MaxTokens, &t.EmbeddingCostUSD,
	}[column]
}

// dict is the column of t of a named column of requests.
func (b *block) dict(column int) *Dict {
	t := &b.t
	return [numRowNames]*Dict{&t.Task, &t.Split, &t.Endpoint, &t.Tenant, &t.RouterTask, &t.RouterModel}[column]
}

// startRowNumber makes a numeric column of requests present, all null.
func (b *block) startRowNumber(column int) {
	b.rowNumber[column] = filled(b.rowNumber[column], b.stride, nan)
	*b.rowNumbers(column) = b.rowNumber[column]
}

// startRowName makes a named column of requests present, all null.
func (b *block) startRowName(column int) {
	b.rowName[column] = filled(b.rowName[column], b.stride, -1)
	b.dict(column).Index = b.rowName[column]
}

// outcome adds the next outcome: of the request at position row, or of none (an empty list) if row is negative.
// number is the row of the file that messages name.
func (b *block) outcome(row, model int32, number int64) {
	b.itemRow = append(b.itemRow, row)
	b.model = append(b.model, model)
	b.items.append(-1, number)
}

// noModel is the number of a model without name.
const noModel = math.MinInt32 + 1

// maxModels is how many models there may be. More are rather something else in the column of models.
const maxModels = 10_000

// modelIndex gives the model of that name its number, as outcome wants it.
func (b *block) modelIndex(name []byte) int32 {
	if len(name) == 0 {
		return noModel
	}
	if b.wanted != nil && !b.wanted[string(name)] {
		return ^b.unwanted.intern(name)
	}
	return b.models.intern(name)
}

// internRowName gives a value of a named column of requests its number, −1 if it is empty.
func (b *block) internRowName(column int, text []byte) int32 {
	if column == nameSplit {
		if to, ok := b.opts.SplitMap[string(text)]; ok {
			return b.rowNames[column].internString(to)
		}
	}
	return internName(b.rowNames[column], text)
}

// internName gives a name its number, −1 if it is empty.
func internName(n *names, text []byte) int32 {
	if len(text) == 0 {
		return -1
	}
	return n.intern(text)
}

func (b *block) modelName(item int) string {
	if m := b.model[item]; m >= 0 {
		return b.models.list[m]
	}
	return b.unwanted.list[^b.model[item]]
}

// place gives every outcome its slot, once all are known. All their columns are absent until they are poured.
func (b *block) place() {
	n := len(b.models.list) * b.stride
	state := filled(b.itemName[nameError], n, NoOutcome)
	for i, r := range b.itemRow {
		if r < 0 {
			continue
		}
		request := b.rows.slot[r]
		if request < 0 {
			continue
		}
		m := b.model[i]
		if m == noModel {
			b.problem(b.items.number[i], modelColumn.name, "is empty", "every outcome needs the name of its model")
			continue
		}
		first := int32(-1)
		if m >= 0 {
			slot := m*int32(b.stride) + request
			if state[slot] == NoOutcome {
				state[slot] = NoError
				b.items.slot[i] = slot
				continue
			}
			first = slot
		}
		slot := int32(len(state))
		state = append(state, NoError)
		b.items.slot[i] = slot
		b.extras = append(b.extras, extra{first, slot})
	}
	b.itemName[nameError] = state
	b.itemName[nameFinishReason] = b.itemName[nameFinishReason][:0]
	for i := range b.number {
		b.number[i] = b.number[i][:0]
	}
}

// slots is the number of slots of outcomes, extra ones included.
func (b *block) slots() int { return len(b.itemName[nameError]) }

// startNumber makes a numeric column of outcomes present, all null.
func (b *block) startNumber(column int) {
	b.number[column] = filled(b.number[column], b.slots(), nan)
}

// startName makes a named column of outcomes present, all null. That of errors always is.
func (b *block) startName(column int) {
	if column != nameError {
		b.itemName[column] = filled(b.itemName[column], b.slots(), -1)
	}
}
