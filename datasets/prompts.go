package datasets

import (
	"bytes"
	"unicode/utf8"
)

// finishTexts makes prompts of messages, sizes of both, and hashes of ids, and checks that they are there.
func (b *block) finishTexts() {
	t := &b.t
	t.ID = b.texts[textID].strings()
	t.Expected = b.texts[textExpected].strings()
	t.Group = b.texts[textGroup].strings()
	b.hashIDs()
	t.Prompt, t.Messages, t.Chars = b.texts[textPrompt].strings(), b.texts[textMessages].strings(), nil
	b.startShape()
	if t.Prompt.Present() || t.Messages.Present() {
		b.finishPrompts()
	}
	b.finishShape()
	if !b.cols.Prompt {
		t.Prompt, t.Messages = Strings{}, Strings{}
	}
}

// hashIDs hashes ids, and finds the missing ones.
func (b *block) hashIDs() {
	b.idHash = resize(b.idHash, b.stride)
	for i := range b.stride {
		text, ok := b.t.ID.At(i)
		if !ok {
			b.requestProblem(i, "id", "is empty", "every request needs an id of its own")
			continue
		}
		b.idHash[i] = hashString(text)
	}
}

// finishPrompts fills prompts that are missing from messages, counts characters, and notes the shape of chats.
func (b *block) finishPrompts() {
	t := &b.t
	if b.cols.Chars {
		b.chars = resize(b.chars, b.stride)
		t.Chars = b.chars
	}
	b.prompts.start()
	derived := false
	for i := range b.stride {
		text, hasPrompt := t.Prompt.At(i)
		hasPrompt = hasPrompt && len(bytes.TrimSpace(text)) > 0
		size := 0
		raw, hasMessages := t.Messages.At(i)
		switch {
		case hasMessages:
			c, err := parseChat(raw)
			if err != nil {
				b.requestProblem(i, "messages", err.Error(), "")
				break
			}
			size = c.chars
			if c.turns == 0 && hasPrompt {
				size = utf8.RuneCount(text)
			}
			b.noteChat(i, c)
			if !hasPrompt && b.wantsText(textPrompt) {
				derived = true
				text = append(b.turn[:0], c.user...)
				b.turn = text
				if len(bytes.TrimSpace(text)) == 0 {
					b.requestProblem(i, "messages", "has no text of a user", "the last user turn is what is routed")
				}
			}
		case hasPrompt:
			size = utf8.RuneCount(text)
		case b.wantsText(textPrompt):
			b.requestProblem(i, "prompt", "is empty", "every request needs a prompt or messages")
		}
		if t.Chars != nil {
			t.Chars[i] = int32(min(size, 1<<31-1))
		}
		if t.Messages.Present() {
			if err := b.prompts.append(text, len(text) == 0); err != nil {
				b.requestProblem(i, "prompt", err.Error(), "")
				return
			}
		}
	}
	if derived {
		t.Prompt = b.prompts.strings()
	}
}
