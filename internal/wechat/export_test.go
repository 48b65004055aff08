package wechat

import "time"

// ReadLogin exposes the parsing of a login's answer to the benchmark and the
// fuzz test.
func (c *Client) ReadLogin(body []byte) (openid string, err error) {
	ans, failure := c.read(&request{api: APICode2Session, check: checkLogin}, body)
	if failure != nil {
		return "", failure
	}
	return ans.OpenID, nil
}

// HandshakeTimeout is how long the Client's own pool waits for a TLS handshake.
func (c *Client) HandshakeTimeout() time.Duration { return c.owned.TLSHandshakeTimeout }
