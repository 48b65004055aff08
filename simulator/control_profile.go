package simulator

import "net/http"

// profileRulesView is the body of both calls.
type profileRulesView struct {
	Rules ProfileRules `json:"rules"`
}

func (s *Server) getProfileRules(w http.ResponseWriter, _ *http.Request) {
	controlJSON(w, http.StatusOK, profileRulesView{s.ProfileRules()})
}

// putProfileRules wants the rules said: what in Go means "the default" is here
// something that was forgotten.
func (s *Server) putProfileRules(w http.ResponseWriter, r *http.Request) {
	var in profileRulesView
	if !decode(w, r, &in) {
		return
	}
	if in.Rules == "" {
		controlFailure(w, errProfileRules)
		return
	}
	if err := s.SetProfileRules(in.Rules); err != nil {
		controlFailure(w, err)
		return
	}
	s.getProfileRules(w, r)
}
