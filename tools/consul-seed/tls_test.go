package main

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"testing"
	"time"
)

var hosts = []string{"server.dc.consul", "localhost", "consul", "consul.ns.svc"}

// state is what a keeper holds from one run to the next.
type state struct {
	authority authority
	identity  identity
}

func (s *state) run(t *testing.T, now time.Time, newRoot bool) []string {
	t.Helper()
	made, actions, err := renew(s.authority, s.identity, hosts, newRoot, now)
	if err != nil {
		t.Fatal(err)
	}
	s.authority, s.identity = made.authority, made.identity
	return actions
}

// trusts says whether a client with that bundle takes a server with that certificate for every one of its names.
func trusts(t *testing.T, bundle []byte, i identity, now time.Time) bool {
	t.Helper()
	if _, err := tls.X509KeyPair(i.certificate, i.key); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(bundle)
	for _, host := range hosts {
		for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
			options := x509.VerifyOptions{DNSName: host, Roots: roots, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{usage}}
			if _, err := certificate(i.certificate).Verify(options); err != nil {
				return false
			}
		}
	}
	return true
}

func TestMakesWhatIsMissingAndThenChangesNothing(t *testing.T) {
	var s state
	now := time.Now()
	if actions := s.run(t, now, false); len(actions) != 2 {
		t.Fatalf("a first run did %q", actions)
	}
	if !trusts(t, s.authority.bundle(now), s.identity, now) {
		t.Fatal("the bundle does not trust the servers' certificate")
	}
	if actions := s.run(t, now.Add(day), false); len(actions) != 0 {
		t.Fatalf("a second run did %q", actions)
	}
}

func TestRenewsTheServersCertificateAMonthBeforeItsEnd(t *testing.T) {
	var s state
	now := time.Now()
	s.run(t, now, false)
	if actions := s.run(t, now.Add(serverLife-serverRenew-day), false); len(actions) != 0 {
		t.Fatalf("too early: %q", actions)
	}
	actions := s.run(t, now.Add(serverLife-serverRenew+day), false)
	if len(actions) != 1 || !strings.Contains(actions[0], "as it ends") {
		t.Fatalf("in time: %q", actions)
	}
}

func TestIssuesAnewWhenANameIsMissingOrTheKeyIsAnothers(t *testing.T) {
	var s state
	now := time.Now()
	s.run(t, now, false)
	made, actions, err := renew(s.authority, s.identity, append(slices.Clone(hosts), "consul.elsewhere"), false, now)
	if err != nil || len(actions) != 1 || !strings.Contains(actions[0], "lacked the name consul.elsewhere") {
		t.Fatalf("%q, %v", actions, err)
	}
	s.identity.key = made.identity.key
	if actions := s.run(t, now, false); len(actions) != 1 || !strings.Contains(actions[0], "its key was not its own") {
		t.Fatalf("%q", actions)
	}
}

// Pods see a changed bundle only after a while: whoever has the bundle of a run before or after must trust the servers of a run
// before or after, through a whole change of the root.
func TestANewRootNeverMeetsABundleThatDoesNotKnowIt(t *testing.T) {
	var s state
	now := time.Now()
	s.run(t, now, false)
	type moment struct {
		bundle   []byte
		identity identity
	}
	moments := []moment{{s.authority.bundle(now), s.identity}}
	first := s.authority.root
	for step := range 4 {
		now = now.Add(day)
		s.run(t, now, step == 0)
		moments = append(moments, moment{s.authority.bundle(now), s.identity})
	}
	if string(s.authority.root) == string(first) {
		t.Fatal("the announced root does not sign")
	}
	if count := len(certificates(s.authority.bundle(now))); count != 2 {
		t.Fatalf("the bundle has %d roots, want the new and the former", count)
	}
	for at := range moments[1:] {
		before, after := moments[at], moments[at+1]
		if !trusts(t, before.bundle, after.identity, now) || !trusts(t, after.bundle, before.identity, now) {
			t.Fatalf("runs %d and %d refuse each other", at, at+1)
		}
	}
}

func TestAnnouncesANewRootByItselfHalfAYearBeforeItsEnd(t *testing.T) {
	var s state
	now := time.Now()
	s.run(t, now, false)
	actions := s.run(t, now.Add(rootLife-rootRenew+day), false)
	if !slices.Contains(actions, "announced a new root certificate") {
		t.Fatalf("%q", actions)
	}
}
