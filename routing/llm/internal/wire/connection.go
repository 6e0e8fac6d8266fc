package wire

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"syscall"

	"github.com/tierwise/tierwise/routing/llm"
)

// A connection is what was seen of the connection of a call. The transport reports from its own goroutines.
type connection struct {
	connected, reused, answered atomic.Bool
}

func (c *connection) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			c.reused.Store(info.Reused)
			c.connected.Store(true)
		},
		GotFirstResponseByte: func() { c.answered.Store(true) },
	}
}

// failure makes an error of one that the transport gave before there was an answer.
func (c *connection) failure(err error) *llm.Error {
	// What url.Error says has the address.
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	e := &llm.Error{Cause: llm.Connection, Err: err}
	switch {
	case !c.connected.Load():
		e.Unbilled = true
		e.Reason = "no connection: " + broken(err)
	case c.reused.Load() && !c.answered.Load():
		e.Stale = true
		e.Reason = "a kept connection broke before the answer: " + broken(err)
	default:
		e.Reason = "the connection broke before the answer: " + broken(err)
	}
	return e
}

// broken says in words without hosts why a connection gave nothing.
func broken(err error) string {
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	var timeout net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "reset by the other side"
	case errors.As(err, &dns):
		return "the host's name was not found"
	case errors.As(err, &cert), errors.As(err, &host):
		return "the certificate is not valid for the host"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "the other side does not speak TLS"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no response in time"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "closed by the other side"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "the host cannot be reached"
	}
	return "it is broken"
}
