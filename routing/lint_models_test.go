package routing

import "testing"

func TestHostOf(t *testing.T) {
	for address, want := range map[string]hostKind{
		"https://api.openai.com/v1":           public,
		"http://8.8.8.8":                      public,
		"http://[2001:4860:4860::8888]:80/v1": public,
		"http://localhost.example.com":        public,
		"http://internal.example.com":         public,
		"http://127.0.0.1:8000/v1":            loopback,
		"http://[::1]:8000":                   loopback,
		"http://LOCALHOST:11434/v1":           loopback,
		"http://ollama.localhost":             loopback,
		"http://10.1.2.3":                     private,
		"http://192.168.0.9:8000":             private,
		"http://[fd00::1]":                    private,
		"http://169.254.1.1":                  private,
		"http://vllm:8000/v1":                 private,
		"http://vllm.prod.svc:8000":           private,
		"http://vllm.prod.svc.cluster.local/": private,
		"http://models.eu.internal":           private,
		"http://printer.local":                private,
		"http://%zz":                          public,
	} {
		if got := hostOf(address); got != want {
			t.Errorf("%s: got %d, want %d", address, got, want)
		}
	}
}
