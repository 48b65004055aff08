// Package web is the HTTP edge: what every request passes before a domain sees
// it, and what every answer passes before it leaves.
//
// A domain declares an Operation and hands Handle a typed function; the same
// declaration and types make the OpenAPI document. The way of a request:
//
//	NewServer      time-outs and size limits of the connection
//	API.ServeHTTP  request id, client address, security headers, panics,
//	               one log line and the metrics of each request
//	ServeMux       route; its own 404 and 405 become problems
//	Handle         bearer token → query → strict JSON → Validate → the domain
//	answer         JSON, or a problem (RFC 9457) from the table in codes.go
//
// No value that was sent stands in an answer, but for a sane X-Request-Id and
// the names of fields.
package web
