package labels

import (
	"bytes"
	"io"
	"regexp"
)

// firstLine returns the first line of a sheet that starts so, without its end.
func firstLine(head []byte) []byte {
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		return head[:i]
	}
	return head
}

// separatorLine is what Excel takes for a word on the separator where it is the first line, and other tools write for it.
var separatorLine = regexp.MustCompile(`^(?i:"?sep=([,;\t|])"?)$`)

// declaredSeparator returns the separator that the first line of a sheet names, false if it names none.
func declaredSeparator(head []byte) (rune, bool) {
	found := separatorLine.FindSubmatch(firstLine(head))
	if found == nil {
		return 0, false
	}
	return rune(found[1][0]), true
}

// linefeeds returns the sheet with its lines as [encoding/csv] knows them: Excel for Mac has a kind of CSV whose lines end in
// carriage returns alone.
func linefeeds(r io.Reader, head []byte) io.Reader {
	rest := head[len(firstLine(head)):]
	if !bytes.HasPrefix(rest, []byte("\r")) || bytes.HasPrefix(rest, []byte("\r\n")) {
		return r
	}
	return carriageReturns{r}
}

// carriageReturns reads them as line feeds.
type carriageReturns struct{ r io.Reader }

func (c carriageReturns) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	for i, b := range p[:n] {
		if b == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}
