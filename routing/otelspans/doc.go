// Package otelspans makes OpenTelemetry spans of what a router does, by the semantic conventions for generative AI:
//
//	router, err := routing.Open("dispatch.toml", &routing.Options{Observer: otelspans.New(otel.GetTracerProvider(), nil)})
//
// A request is a span "route TASK", a child of the span in its context, that says what was decided and what it cost. Below
// it is a span "chat MODEL" of kind client for each tier that was asked, retries included, as the conventions have it, and
// for each question of a [routing.Judge]. The calls of a client are made with the context of that span, so that spans of
// an instrumented http.Client stand below it.
//
// Tokens are on the chat spans alone, so that who adds them up over all spans counts them once. A tier whose answer a check
// refused is no error; tierwise.check.failed names the check.
//
// Spans have no key and no address in them, and what was said only where [Options.Text] asks for it. They are made with
// the API of OpenTelemetry alone; the service brings its SDK. The conventions are still in development: names.go has all
// their names, as of open-telemetry/semantic-conventions-genai v0.1.0.
package otelspans
