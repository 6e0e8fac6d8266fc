// Package judge has the words of the questions that a router puts to models besides the request itself, and reads what they
// answer: which task a request is of ([Labeler]), and whether an answer is right ([SelfCheck]).
//
// A question asks for JSON by a schema and for log-probabilities; [Plain] is the same for models that have neither. What is
// judged is quoted as JSON in a turn of its own, so that it reads as material; whatever it talks the model into, only a task of
// the list and a number in [0, 1] come out.
//
// Package judge asks nobody itself: it is a leaf that knows [llm] only.
package judge

import "github.com/tierwise/tierwise/routing/llm"

// plainTokens is the limit of answers to a Plain question: models that are asked without a schema may think first.
const plainTokens = 1024

// Plain returns the question without what some models refuse to be asked: a schema, log-probabilities, a temperature. The
// words are the same, since they say what the JSON looks like.
func Plain(q *llm.Request) *llm.Request {
	return &llm.Request{Messages: q.Messages, MaxTokens: plainTokens}
}

// question returns the request for an answer of this schema.
func question(system, material, name, schema string, limit int) *llm.Request {
	cold := 0.0
	return &llm.Request{
		Messages:       []llm.Message{{Role: "system", Text: system}, {Role: "user", Text: material}},
		ResponseFormat: []byte(`{"type":"json_schema","json_schema":{"name":"` + name + `","strict":true,"schema":` + schema + `}}`),
		MaxTokens:      limit, Temperature: &cold, Logprobs: true, TopLogprobs: alternatives,
	}
}

// alternatives is how many tokens are asked for in the place of each: the fewest that any provider of log-probabilities caps.
const alternatives = 5
