// Package cache answers requests that were answered before: the same request, by an exact key, or one whose text is so
// near that the answer serves, by a semantic index.
//
// A live router and a replay of recorded traffic use the same code for keys, normalisation, similarity and guards, so that
// what a replay finds is what a service will see. A cache never makes a request fail: whatever goes wrong is a miss.
//
//	Fields.Key   request → exact key            Unstorable   answers that are never kept, and why
//	Flight       one call for many that ask     Resilient    a store whose outage is a miss
//	NewQuery     request → semantic query       Guard        texts that are near and mean something else
//	Semantic     nearest entry, guarded         NewMemory    a store within a bound of bytes
//
// Tenants and tasks never share an answer, nor do two dispatch configs that decide differently.
//
// What it does not do: it knows no router, no provider and no chain, and it does not decide what an acceptable answer is.
package cache
