package playground

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/hufu-id/hufu/internal/problem"
	"github.com/hufu-id/hufu/internal/web"
)

// maxControl bounds the body of a control; a call of the phone's has its own.
const maxControl = 4 << 10

// decode reads a JSON body strictly into v. Errors are problems.
func decode(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		p := problem.New(problem.InvalidRequest, "calls are made with Content-Type: application/json")
		p.Status = http.StatusUnsupportedMediaType
		return p
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	if err != nil {
		p := problem.New(problem.InvalidRequest, "the body could not be read")
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			p.Detail, p.Status = "the body is too large", http.StatusRequestEntityTooLarge
		}
		return p
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		// Its text would repeat what was sent.
		return problem.New(problem.InvalidRequest, "the body is no JSON of the form that this call wants")
	}
	return nil
}

func (p *Playground) postCall(w http.ResponseWriter, r *http.Request) {
	var in callRequest
	err := decode(w, r, maxCallBytes, &in)
	if err != nil {
		web.Fail(w, err)
		return
	}
	c, err := newCall(&in)
	if err == nil {
		err = p.relay.accept(c)
	}
	if err != nil {
		web.Fail(w, err)
		return
	}
	w.WriteHeader(http.StatusAccepted)
}

func (p *Playground) deleteCall(w http.ResponseWriter, r *http.Request) {
	p.relay.abort(r.PathValue("id"))
	w.WriteHeader(http.StatusNoContent)
}

func (p *Playground) putNetwork(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Mode  mode `json:"mode"`
		Times int  `json:"times"`
	}
	err := decode(w, r, maxControl, &in)
	if err == nil {
		err = p.network.set(in.Mode, in.Times)
	}
	p.answerState(w, err)
}

func (p *Playground) postClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance *int64 `json:"advance"`
		What    string `json:"what"`
	}
	err := decode(w, r, maxControl, &in)
	if err == nil {
		err = p.advance(in.Advance, in.What)
	}
	p.answerState(w, err)
}

// advance moves clocks forward. Errors are problems.
func (p *Playground) advance(seconds *int64, what string) error {
	if seconds == nil || *seconds < 0 || *seconds > int64(maxAdvance/time.Second) {
		return problem.InField("advance", "advance is whole seconds, not negative, and ten years at most")
	}
	hufu, wechat := what == "hufu" || what == "both", what == "wechat" || what == "both"
	switch {
	case !hufu && !wechat:
		return problem.InField("what", "what is hufu, wechat or both")
	case wechat && p.cfg.WeChatAdvance == nil:
		return problem.InField("what", "WeChat is the real one here, whose clock nobody moves")
	}
	d := time.Duration(*seconds) * time.Second
	if wechat {
		if err := p.cfg.WeChatAdvance(d); err != nil {
			return problem.InField("advance", "the simulator's clock can't be moved that far")
		}
	}
	if !hufu {
		return nil
	}
	return p.cfg.Clock.Advance(d)
}

func (p *Playground) postEndSession(w http.ResponseWriter, r *http.Request) {
	var in struct {
		SessionID string `json:"session_id"`
	}
	err := decode(w, r, maxControl, &in)
	if err == nil {
		err = p.cfg.EndSession(r.Context(), in.SessionID)
	}
	if err != nil {
		web.Fail(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// answerState answers with the state, after telling it to all who listen.
func (p *Playground) answerState(w http.ResponseWriter, err error) {
	if err != nil {
		web.Fail(w, err)
		return
	}
	p.tellState()
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(mustJSON(p.state())) // the client went away; nobody is left to tell
}
