package openai_test

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tierwise/tierwise/routing/llm"
	"github.com/tierwise/tierwise/routing/llm/openai"
)

func TestEmbeddings(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   [][]float32
		tokens float64
		cause  llm.Cause
	}{
		{"in order", 200, `{"data":[{"index":0,"embedding":[1,0.5]},{"index":1,"embedding":[2,-3e-2]}],"usage":{"prompt_tokens":7,"total_tokens":7}}`,
			[][]float32{{1, 0.5}, {2, -0.03}}, 7, llm.OK},
		{"in another order", 200, `{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}],"usage":{"total_tokens":7}}`, [][]float32{{1}, {2}}, 7, llm.OK},
		{"without numbers and usage", 200, `{"data":[{"embedding":[1]},{"embedding":[2]}]}`, [][]float32{{1}, {2}}, math.NaN(), llm.OK},
		{"one too few", 200, `{"data":[{"index":0,"embedding":[1]}]}`, nil, 0, llm.Server},
		{"one twice", 200, `{"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]}`, nil, 0, llm.Server},
		{"a number out of range", 200, `{"data":[{"index":0,"embedding":[1]},{"index":2,"embedding":[2]}]}`, nil, 0, llm.Server},
		{"of two lengths", 200, `{"data":[{"embedding":[1]},{"embedding":[2,3]}]}`, nil, 0, llm.Server},
		{"empty ones", 200, `{"data":[{"embedding":[]},{"embedding":[]}]}`, nil, 0, llm.Server},
		{"in base64", 200, `{"data":[{"embedding":"AACAPw=="},{"embedding":"AACAPw=="}]}`, nil, 0, llm.Server},
		{"a page", 200, `<html>busy</html>`, nil, 0, llm.Server},
		{"cut", 200, `{"data":[{"embedding":[1`, nil, 0, llm.Server},
		{"an error with status 200", 200, `{"error":{"code":"rate_limit_exceeded","message":"slow down"}}`, nil, 0, llm.RateLimit},
		{"429", 429, `{"error":{"code":"rate_limit_exceeded"}}`, nil, 0, llm.RateLimit},
		{"no money", 429, `{"error":{"code":"insufficient_quota"}}`, nil, 0, llm.Quota},
		{"401", 401, `{"error":{"code":"invalid_api_key"}}`, nil, 0, llm.Auth},
		{"503", 503, `busy`, nil, 0, llm.Server},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				var q struct {
					Model      string
					Input      []string
					Dimensions int
				}
				if json.Unmarshal(body, &q) != nil || r.URL.Path != "/v1/embeddings" || q.Model != "e5" || strings.Join(q.Input, "|") != "a|<b>" || q.Dimensions != 2 || r.Header.Get("Authorization") != "Bearer k" {
					t.Errorf("%s %s", r.URL, body)
				}
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(test.status)
				io.WriteString(w, test.body)
			}))
			defer server.Close()
			e, err := openai.NewEmbeddings("e5", 2, &openai.Options{BaseURL: server.URL + "/v1", Key: llm.NewSecret("k")})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			got, tokens, err := e.Embeddings(t.Context(), []string{"a", "<b>"})
			if test.cause != llm.OK {
				if failed, ok := errors.AsType[*llm.Error](err); !ok || failed.Cause != test.cause {
					t.Errorf("error %v, want cause %v", err, test.cause)
				}
				return
			}
			if err != nil || len(got) != 2 || tokens != test.tokens && !(math.IsNaN(tokens) && math.IsNaN(test.tokens)) {
				t.Fatalf("%v of %v tokens, error %v", got, tokens, err)
			}
			for i, v := range test.want {
				for j, x := range v {
					if got[i][j] != x {
						t.Errorf("vector %d is %v, want %v", i, got[i], v)
					}
				}
			}
		})
	}
}
