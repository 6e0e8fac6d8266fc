package cache_test

import (
	"context"
	"fmt"
	"time"

	"github.com/tierwise/tierwise/routing/cache"
	"github.com/tierwise/tierwise/routing/llm"
)

// An exact hit is the same request, up to white space.
func ExampleFields_Key() {
	ask := func(tenant, text string) cache.Key {
		f := cache.Fields{Tenant: tenant, Messages: []llm.Message{{Role: "user", Text: text}}}
		return f.Key()
	}
	fmt.Println(ask("a", "Where is my parcel?") == ask("a", " Where is  my parcel?\n"))
	fmt.Println(ask("a", "Where is my parcel?") == ask("b", "Where is my parcel?"))
	// Output:
	// true
	// false
}

// A semantic hit is a near one that no guard turns away.
func ExampleSemantic() {
	store, err := cache.NewMemory(nil)
	if err != nil {
		panic(err)
	}
	defer store.Close()
	semantic, ctx := cache.NewSemantic(store, nil), context.Background()
	query := func(text string) *cache.Query {
		f := cache.Fields{Tenant: "a", Messages: []llm.Message{{Role: "user", Text: text}}}
		q, _ := cache.NewQuery(&f, "reply", cache.Builtin(), nil)
		return q
	}
	answer := &cache.Entry{Request: "r1", Answer: []byte("two days")}
	if err := semantic.Add(ctx, query("How long does the delivery of a parcel take?"), answer, time.Hour); err != nil {
		panic(err)
	}
	for _, text := range []string{"How long does delivery of a parcel take?", "How long does the delivery of 2 parcels take?"} {
		if hit, why := semantic.Lookup(ctx, query(text), 0.7); hit != nil {
			fmt.Printf("%s (%.2f)\n", hit.Entry.Answer, hit.Similarity)
		} else {
			fmt.Println("miss:", why)
		}
	}
	// Output:
	// two days (0.90)
	// miss: number
}
