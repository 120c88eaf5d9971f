package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

const (
	firstPause = 250 * time.Millisecond
	// longestPause bounds how late a server that has come back is noticed.
	longestPause = 5 * time.Second
	// requestLimit is longer than the 7 s for which a server holds a request while there is no leader.
	requestLimit = 15 * time.Second
	// tokenPatience is how long an unknown token is tried again: it may be on its way to the server that was asked.
	tokenPatience = 20 * time.Second
)

// client speaks Consul's HTTP API, and tries again while nobody answers.
type client struct {
	base  string
	token string
	http  *http.Client
	log   *slog.Logger
	// deadline ends all trying.
	deadline time.Time
	patience time.Duration
}

// errFormat says that an answer was not understood: asking again would not help.
var errFormat = errors.New("wrong format")

// apiError is an answer other than the one wished for.
type apiError struct {
	method, path string
	status       int
	body         string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("consul answered %s %s with %d: %s", e.method, e.path, e.status, strings.TrimSpace(e.body))
}

func statusOf(err error) int {
	if answer, ok := errors.AsType[*apiError](err); ok {
		return answer.status
	}
	return 0
}

// newClient takes its settings from CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN (or _FILE) and CONSUL_CACERT.
func newClient(log *slog.Logger, patience time.Duration) (*client, error) {
	address := os.Getenv("CONSUL_HTTP_ADDR")
	if address == "" {
		return nil, errors.New("CONSUL_HTTP_ADDR is not set: give the address of Consul, such as https://consul:8501")
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	token := os.Getenv("CONSUL_HTTP_TOKEN")
	if path := os.Getenv("CONSUL_HTTP_TOKEN_FILE"); path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		token = strings.TrimSpace(string(text))
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if path := os.Getenv("CONSUL_CACERT"); path != "" {
		pool, err := certificatePool(path)
		if err != nil {
			return nil, err
		}
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	return &client{
		base:     strings.TrimSuffix(address, "/"),
		token:    token,
		http:     &http.Client{Timeout: requestLimit, Transport: transport},
		log:      log,
		deadline: time.Now().Add(patience),
		patience: patience,
	}, nil
}

func certificatePool(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return pool, nil
}

// call sends a request, as JSON where there is a body, and reads the answer into out unless that is nil. It tries again
// while there is no answer or no leader; what Consul refuses is an *apiError.
func (c *client) call(ctx context.Context, method, path string, body, out any) error {
	var text []byte
	if raw, ok := body.([]byte); ok {
		text = raw
	} else if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	pause := firstPause
	unknownToken := time.Now().Add(tokenPatience)
	for {
		err := c.once(ctx, method, path, text, out)
		if err == nil || !passing(err, time.Now().Before(unknownToken)) {
			return err
		}
		wait := pause/2 + rand.N(pause)
		if time.Now().Add(wait).After(c.deadline) {
			return fmt.Errorf("gave up after %s: %w", c.patience, err)
		}
		c.log.Warn("consul does not answer yet", "request", method+" "+path, "reason", err.Error(), "again in", wait.Round(time.Millisecond).String())
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		pause = min(2*pause, longestPause)
	}
}

func (c *client) once(ctx context.Context, method, path string, body []byte, out any) error {
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if c.token != "" {
		request.Header.Set("X-Consul-Token", c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return &apiError{method, path, response.StatusCode, string(answer)}
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%w: consul answered %s %s with something else than expected: %w", errFormat, method, path, err)
	}
	return nil
}

// passing says whether an error may go away by itself. A connection that breaks may have carried a write: every command
// compares before it writes, so that doing it again is safe.
func passing(err error, youngToken bool) bool {
	answer, answered := errors.AsType[*apiError](err)
	if !answered {
		return !errors.Is(err, context.Canceled) && !errors.Is(err, errFormat)
	}
	switch answer.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	case http.StatusInternalServerError:
		// Also how Consul says that a request can never work.
		return slices.ContainsFunc(passingReasons, func(reason string) bool { return strings.Contains(answer.body, reason) })
	case http.StatusForbidden:
		return youngToken && strings.Contains(answer.body, "ACL not found") && !strings.Contains(answer.body, "does not exist")
	default:
		return false
	}
}

// passingReasons are what Consul says of itself, not of the request.
var passingReasons = []string{"leader", "timeout", "EOF", "connection", "No known Consul servers", "rpc error getting client"}
