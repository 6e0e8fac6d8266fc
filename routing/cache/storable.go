package cache

import "github.com/tierwise/tierwise/routing/llm"

// A Reason is a word that says why an answer is not kept, or not taken; "" if it is.
type Reason string

// Why answers are not kept.
const (
	NoStore    Reason = "no_store"   // the request or its task says so
	Attachment Reason = "attachment" // a message holds something else than text, perhaps by an address that changes its content
	ToolTurn   Reason = "tool_turn"  // the chat holds calls or results of tools, which belong to their moment
	Failed     Reason = "error"      // there is no answer
	Unaccepted Reason = "unaccepted" // a check said no, or the chain was exhausted
	Cut        Reason = "length"     // the answer ends where its limit of tokens was
	Refused    Reason = "refused"    // the model or its provider would not answer
	ToolCall   Reason = "tool_call"  // the answer asks for a tool, which acts anew each time
)

// An Answer is what decides whether an answer may be kept.
type Answer struct {
	NoStore  bool // the request says no-store, or its task has cache = false
	Messages []llm.Message
	Failed   bool
	Accepted bool   // all checks passed
	Finish   string // the finish reason, as providers call it; "": unknown
	ToolCall bool   // the answer holds calls of tools
	Refusal  bool   // the answer is marked as a refusal
}

// finishes are the finish reasons that keep an answer out, in the words of both dialects.
var finishes = map[string]Reason{
	"length": Cut, "max_tokens": Cut, "model_context_window_exceeded": Cut,
	"content_filter": Refused, "refusal": Refused, "safety": Refused,
	"tool_calls": ToolCall, "function_call": ToolCall, "tool_use": ToolCall, "pause_turn": ToolCall,
}

// Unstorable returns why an answer must not be kept, "" if it may. It is the one place that decides so, live and in replay.
func Unstorable(a *Answer) Reason {
	switch reason := Opaque(a.Messages); {
	case a.NoStore:
		return NoStore
	case reason != "":
		return reason
	case a.Failed:
		return Failed
	case !a.Accepted:
		return Unaccepted
	case a.Refusal:
		return Refused
	case a.ToolCall:
		return ToolCall
	}
	return finishes[a.Finish]
}

// Opaque returns why a request is not looked up, "" if it is: its messages hold what two requests can have in common and
// still want different answers.
func Opaque(messages []llm.Message) Reason {
	for i := range messages {
		switch m := &messages[i]; {
		case m.Attachment():
			return Attachment
		case m.Role == "tool" || m.Role == "function" || m.ToolCallID != "" || len(m.ToolCalls) > 0 || holdsTools(m):
			return ToolTurn
		}
	}
	return ""
}

func holdsTools(m *llm.Message) bool {
	for i := range m.Parts {
		if t := m.Parts[i].Type; t == "tool_use" || t == "tool_result" {
			return true
		}
	}
	return false
}
