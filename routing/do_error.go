package routing

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tierwise/tierwise/routing/llm"
)

// An AllModelsFailedError is a request that no model of its chain answered. errors.Is and errors.As find what is in any
// of its attempts.
type AllModelsFailedError struct {
	Task     string
	Tokens   int     // the size of the request, estimated
	Attempts []error // in order, each an *llm.Error; none: the request fits no model of the chain
}

// Error implements error.
func (e *AllModelsFailedError) Error() string {
	if len(e.Attempts) == 0 {
		return fmt.Sprintf("task %s: the request, of about %d tokens, fits no model of the chain", e.Task, e.Tokens)
	}
	return fmt.Sprintf("task %s: all models failed: %s", e.Task, joinTexts(e.Attempts))
}

// Unwrap returns the errors of the attempts.
func (e *AllModelsFailedError) Unwrap() []error { return e.Attempts }

// Cause returns why the last attempt failed: what a caller is told in one word. It is context_length if the request fits
// no model.
func (e *AllModelsFailedError) Cause() llm.Cause {
	if len(e.Attempts) == 0 {
		return llm.ContextLength
	}
	return causeOf(e.Attempts[len(e.Attempts)-1])
}

// An ExhaustedError is a request of a task with on_exhausted = "error" whose checks refused the last answer.
type ExhaustedError struct {
	Task     string
	Attempts []error // of the calls that failed, if any did
}

// Error implements error.
func (e *ExhaustedError) Error() string {
	text := fmt.Sprintf("task %s: no answer passed the checks", e.Task)
	if len(e.Attempts) > 0 {
		text += "; besides: " + joinTexts(e.Attempts)
	}
	return text
}

// Unwrap returns the errors of the calls that failed.
func (e *ExhaustedError) Unwrap() []error { return e.Attempts }

func joinTexts(errs []error) string {
	texts := make([]string, len(errs))
	for i, err := range errs {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// causeOf returns the cause of a call's error.
func causeOf(err error) llm.Cause {
	if e, ok := errors.AsType[*llm.Error](err); ok {
		return e.Cause
	}
	return llm.Other
}
