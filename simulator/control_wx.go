package simulator

import "net/http"

// who is the body of every client API.
type who struct {
	AppID string `json:"appid"`
	User  string `json:"user"` // id or name
}

func (s *Server) postLogin(w http.ResponseWriter, r *http.Request) {
	var in who
	if !decode(w, r, &in) {
		return
	}
	code, err := s.Login(in.AppID, in.User)
	if err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, http.StatusOK, struct {
		Code string `json:"code"`
	}{code})
}

func (s *Server) postCheckSession(w http.ResponseWriter, r *http.Request) {
	answerFor(w, r, func(appid, user string) (answer struct {
		Valid bool `json:"valid"`
	}, err error) {
		answer.Valid, err = s.CheckSession(appid, user)
		return answer, err
	})
}

// postSessionKey ages or replaces a session key: what WeChat does unasked.
func (s *Server) postSessionKey(w http.ResponseWriter, r *http.Request) {
	var in struct {
		who
		Action string `json:"action"`
	}
	if !decode(w, r, &in) {
		return
	}
	change := (*world).renewKey
	switch in.Action {
	case "rotate":
	case "expire":
		change = (*world).expireKey
	default:
		controlError(w, http.StatusBadRequest, "action is expire or rotate")
		return
	}
	valid, err := s.changeSessionKey(in.AppID, in.User, change)
	if err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, http.StatusOK, struct {
		Valid bool `json:"valid"`
	}{valid})
}

func (s *Server) postUserProfile(w http.ResponseWriter, r *http.Request) {
	var in struct {
		who
		API ProfileAPI `json:"api"`
	}
	if !decode(w, r, &in) {
		return
	}
	d, err := s.UserProfile(in.AppID, in.User, in.API)
	if err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, http.StatusOK, d)
}

func (s *Server) postWeRun(w http.ResponseWriter, r *http.Request) { answerFor(w, r, s.WeRun) }
func (s *Server) postPhoneNumber(w http.ResponseWriter, r *http.Request) {
	answerFor(w, r, s.PhoneNumber)
}
func (s *Server) postShareInfo(w http.ResponseWriter, r *http.Request) { answerFor(w, r, s.ShareInfo) }

// answerFor answers with what a person has in an app.
func answerFor[T any](w http.ResponseWriter, r *http.Request, data func(appid, user string) (T, error)) {
	var in who
	if !decode(w, r, &in) {
		return
	}
	d, err := data(in.AppID, in.User)
	if err != nil {
		controlFailure(w, err)
		return
	}
	controlJSON(w, http.StatusOK, d)
}
