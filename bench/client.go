package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// client is one keep-alive connection that speaks as much HTTP/1.1 as is needed,
// cheaply: what the generator spends, the servers lack.
type client struct {
	conn net.Conn
	in   []byte
}

func dial(ctx context.Context, addr string) (*client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: make([]byte, 16<<10)}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// response is an answer; body is valid until the next exchange.
type response struct {
	status int
	body   []byte
}

var (
	headEnd       = []byte("\r\n\r\n")
	contentLength = []byte("\r\nContent-Length: ")
	errHead       = errors.New("the answer is no HTTP/1.1 with a Content-Length")
)

// exchange sends a request and reads its answer.
func (c *client) exchange(request []byte) (response, error) {
	if _, err := c.conn.Write(request); err != nil {
		return response{}, err
	}
	have := 0
	for {
		n, err := c.conn.Read(c.in[have:])
		have += n
		if end := bytes.Index(c.in[:have], headEnd); end >= 0 {
			return c.readBody(end, have)
		}
		if err != nil {
			return response{}, fmt.Errorf("read answer: %w", err)
		}
		if have == len(c.in) {
			return response{}, errHead
		}
	}
}

// readBody reads what is missing of an answer whose head ends at end.
func (c *client) readBody(end, have int) (response, error) {
	status, length, err := parseHead(c.in[:end])
	if err != nil {
		return response{}, err
	}
	begin := end + len(headEnd)
	total := begin + length
	if total > len(c.in) {
		return response{}, fmt.Errorf("an answer of %d bytes is more than this benchmark expects", total)
	}
	for have < total {
		n, err := c.conn.Read(c.in[have:])
		have += n
		if err != nil && have < total {
			return response{}, fmt.Errorf("read answer: %w", err)
		}
	}
	if have > total {
		return response{}, errors.New("more bytes came than the answer has")
	}
	return response{status: status, body: c.in[begin:total]}, nil
}

// parseHead reads status and length from the head of an answer as Go's net/http
// writes it.
func parseHead(head []byte) (status, length int, _ error) {
	const statusAt = len("HTTP/1.1 ")
	if len(head) < statusAt+3 || !bytes.HasPrefix(head, []byte("HTTP/1.1 ")) {
		return 0, 0, errHead
	}
	status, err := strconv.Atoi(string(head[statusAt : statusAt+3]))
	if err != nil {
		return 0, 0, errHead
	}
	_, rest, found := bytes.Cut(head, contentLength)
	if !found {
		return 0, 0, errHead
	}
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	length, err = strconv.Atoi(string(value))
	if err != nil || length < 0 {
		return 0, 0, errHead
	}
	return status, length, nil
}

// ask makes one exchange on a connection of its own.
func ask(ctx context.Context, addr string, request []byte) (response, error) {
	c, err := dial(ctx, addr)
	if err != nil {
		return response{}, err
	}
	defer c.close()
	_ = c.conn.SetDeadline(time.Now().Add(20 * time.Second))
	return c.exchange(request)
}
