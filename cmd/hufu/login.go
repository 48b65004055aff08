package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

type loginCommand struct {
	Server string `default:"http://127.0.0.1:8080" placeholder:"URL" help:"The server."`
	Sim    string `default:"http://127.0.0.1:8081" placeholder:"URL" help:"The simulator."`
	AppID  string `name:"appid" default:"wxdd00000000000001" placeholder:"ID" help:"The app to log in to."`
	User   string `default:"alice" placeholder:"NAME" help:"The person who logs in."`
}

// phone makes the calls that a mini program would.
type phone struct {
	ctx    context.Context
	client *http.Client
	out    io.Writer
}

func (c *loginCommand) Run(p *program) error {
	ph := &phone{ctx: p.ctx, client: &http.Client{Timeout: 20 * time.Second}, out: p.stdout}
	server, sim := strings.TrimSuffix(c.Server, "/"), strings.TrimSuffix(c.Sim, "/")

	fmt.Fprintf(ph.out, "wx.login in %s as %s (asked of the simulator)\n", c.AppID, c.User)
	var given struct {
		Code string `json:"code"`
	}
	if err := ph.call("POST", sim+"/sim/v1/wx/login", nil, map[string]string{"appid": c.AppID, "user": c.User}, &given); err != nil {
		return fmt.Errorf("simulator at %s: %w", sim, err)
	}
	fmt.Fprintf(ph.out, "  code %s\n\nPOST %s/v1/login\n", given.Code, server)

	var login struct {
		AccessToken      string          `json:"access_token"`
		ExpiresIn        int64           `json:"expires_in"`
		RefreshToken     string          `json:"refresh_token"`
		RefreshExpiresIn int64           `json:"refresh_expires_in"`
		SessionID        string          `json:"session_id"`
		User             json.RawMessage `json:"user"`
		IsNewUser        bool            `json:"is_new_user"`
	}
	header := http.Header{"Idempotency-Key": {rand.Text()}}
	if err := ph.call("POST", server+"/v1/login", header, map[string]string{"appid": c.AppID, "code": given.Code}, &login); err != nil {
		return fmt.Errorf("server at %s: %w", server, err)
	}
	claims, err := decodeClaims(login.AccessToken)
	if err != nil {
		return err
	}
	fmt.Fprintf(ph.out, "  session_id     %s\n", login.SessionID)
	fmt.Fprintf(ph.out, "  access_token   %s\n", login.AccessToken)
	fmt.Fprintf(ph.out, "                 good for %s, says %s\n", time.Duration(login.ExpiresIn)*time.Second, claims)
	fmt.Fprintf(ph.out, "  refresh_token  %s\n", login.RefreshToken)
	fmt.Fprintf(ph.out, "                 good for %s\n", time.Duration(login.RefreshExpiresIn)*time.Second)
	fmt.Fprintf(ph.out, "  user           %s\n", login.User)
	fmt.Fprintf(ph.out, "  is_new_user    %t\n\nGET %s/v1/me with the access token\n", login.IsNewUser, server)

	var me json.RawMessage
	header = http.Header{"Authorization": {"Bearer " + login.AccessToken}}
	if err := ph.call("GET", server+"/v1/me", header, nil, &me); err != nil {
		return fmt.Errorf("server at %s: %w", server, err)
	}
	fmt.Fprintf(ph.out, "  %s\n", bytes.TrimSpace(me))
	return nil
}

// call sends JSON and reads JSON; an answer that is no success is an error that
// tells what it said.
func (ph *phone) call(method, url string, header http.Header, body, answer any) error {
	var content io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(ph.ctx, method, url, content)
	if err != nil {
		return err
	}
	if header != nil {
		req.Header = header
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := ph.client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s: %s", res.Status, bytes.TrimSpace(raw))
	}
	return json.Unmarshal(raw, answer)
}

// decodeClaims shows what an access token says, without checking it: a backend
// checks it by the JWKS.
func decodeClaims(token string) (string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", errors.New("the access token is no JWT")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", errors.New("the access token is no JWT")
	}
	return string(payload), nil
}
