package datasets

import "testing"

// A chat without messages is as large as the prompt beside it.
func TestEmptyChat(t *testing.T) {
	for _, messages := range []string{"[]", "null", ""} {
		block, err := FromRows([]Row{{ID: "1", Prompt: "zwölf", Messages: messages}}, Columns{Chars: true, Shape: true})
		if err != nil {
			t.Fatal(err)
		}
		if block.Chars[0] != 5 || block.MessageCount[0] != 1 {
			t.Errorf("messages %q: %d characters in %d messages, want 5 in 1", messages, block.Chars[0], block.MessageCount[0])
		}
	}
}
