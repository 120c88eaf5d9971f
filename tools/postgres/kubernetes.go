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
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// kubernetes is the API server, as a pod's ServiceAccount sees it. Three calls need no client library.
type kubernetes struct {
	server string
	// token is read for each call: the kubelet replaces it while a drill goes on.
	token  string
	client *http.Client
}

// inCluster finds the API server as the kubelet tells every pod.
func inCluster(account string) (*kubernetes, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	authority, err := os.ReadFile(filepath.Join(account, "ca.crt"))
	if host == "" || err != nil {
		return nil, fmt.Errorf("this is no pod with a ServiceAccount: KUBERNETES_SERVICE_HOST is %q, and %s has no ca.crt", host, account)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		return nil, fmt.Errorf("%s/ca.crt holds no certificate", account)
	}
	return &kubernetes{
		server: "https://" + net.JoinHostPort(host, port),
		token:  filepath.Join(account, "token"),
		client: &http.Client{
			Timeout:   30 * time.Second,
			Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}},
		},
	}, nil
}

var errNotFound = errors.New("not found")

func (k *kubernetes) call(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	token, err := os.ReadFile(k.token)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, k.server+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	request.Header.Set("Content-Type", "application/json")
	response, err := k.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotFound:
		return nil, errNotFound
	case response.StatusCode >= 300:
		return nil, fmt.Errorf("%s %s: %s: %s", method, path, response.Status, answer)
	}
	return answer, nil
}

// remove deletes the scratch cluster, if there is one, and waits until it is gone.
func (k *kubernetes) remove(ctx context.Context, d drillConfig) error {
	path := d.Path + "/" + d.Name
	if _, err := k.call(ctx, http.MethodDelete, path, nil); errors.Is(err, errNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	return wait(ctx, 10*time.Minute, "the scratch cluster is removed", func() (bool, error) {
		_, err := k.call(ctx, http.MethodGet, path, nil)
		if errors.Is(err, errNotFound) {
			return true, nil
		}
		return false, err
	})
}

// ready waits until the scratch cluster has been restored.
func (k *kubernetes) ready(ctx context.Context, d drillConfig) error {
	limit := time.Duration(d.TimeoutSeconds) * time.Second
	phase := ""
	err := wait(ctx, limit, "the backup is restored", func() (bool, error) {
		answer, err := k.call(ctx, http.MethodGet, d.Path+"/"+d.Name, nil)
		if err != nil {
			return false, err
		}
		var cluster struct {
			Status struct {
				Phase      string `json:"phase"`
				Conditions []struct{ Type, Status string }
			}
		}
		if err := json.Unmarshal(answer, &cluster); err != nil {
			return false, err
		}
		phase = cluster.Status.Phase
		for _, condition := range cluster.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil && phase != "" {
		return fmt.Errorf("%w (the operator says: %s)", err, phase)
	}
	return err
}

// wait asks until the answer is yes or an error.
func wait(ctx context.Context, limit time.Duration, what string, ask func() (bool, error)) error {
	for deadline := time.Now().Add(limit); ; {
		done, err := ask()
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s until %s", limit, what)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Second):
		}
	}
}
