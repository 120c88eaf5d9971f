package main

import (
	"bytes"
	"context"
	"crypto/tls"
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

// Names of the files, and of the keys in the Secrets. Those of the servers are cert-manager's, so that a Certificate can take
// this program's place.
const (
	rootFile        = "ca.crt"
	certificateFile = "tls.crt"
	keyFile         = "tls.key"
	rootKeyFile     = "ca.key"
	nextFile        = "next.crt"
	nextKeyFile     = "next.key"
	formerFile      = "former.crt"
)

func (a authority) files() map[string][]byte {
	return map[string][]byte{
		rootFile: a.root, rootKeyFile: a.rootKey, nextFile: a.next, nextKeyFile: a.nextKey, formerFile: a.former,
	}
}

func authorityOf(files map[string][]byte) authority {
	return authority{
		root: files[rootFile], rootKey: files[rootKeyFile],
		next: files[nextFile], nextKey: files[nextKeyFile], former: files[formerFile],
	}
}

// folder keeps certificates as files: below authority/ what signs, beside it what servers and clients read.
type folder string

func (f folder) load(context.Context) (authority, identity, error) {
	read := func(names ...string) (map[string][]byte, error) {
		files := map[string][]byte{}
		for _, name := range names {
			text, err := os.ReadFile(filepath.Join(string(f), name))
			if err != nil && !errors.Is(err, os.ErrNotExist) {
				return nil, err
			}
			files[filepath.Base(name)] = text
		}
		return files, nil
	}
	var names []string
	for name := range (authority{}).files() {
		names = append(names, filepath.Join("authority", name))
	}
	signs, err := read(names...)
	if err != nil {
		return authority{}, identity{}, err
	}
	shown, err := read(certificateFile, keyFile)
	return authorityOf(signs), identity{shown[certificateFile], shown[keyFile]}, err
}

func (f folder) store(_ context.Context, a authority, bundle []byte, i identity) error {
	if err := os.MkdirAll(filepath.Join(string(f), "authority"), 0o700); err != nil {
		return err
	}
	write := func(name string, text []byte) error {
		return os.WriteFile(filepath.Join(string(f), name), text, 0o600)
	}
	for name, text := range a.files() {
		if err := write(filepath.Join("authority", name), text); err != nil {
			return err
		}
	}
	return errors.Join(write(rootFile, bundle), write(certificateFile, i.certificate), write(keyFile, i.key))
}

// secrets keeps certificates in two Secrets and a ConfigMap, which must exist: the right to create Secrets would reach
// further than these.
type secrets struct {
	api                       *kubernetes
	authority, server, bundle string
}

func (s *secrets) load(ctx context.Context) (authority, identity, error) {
	signs, err := s.api.get(ctx, "secrets", s.authority)
	if err != nil {
		return authority{}, identity{}, err
	}
	shown, err := s.api.get(ctx, "secrets", s.server)
	if err != nil {
		return authority{}, identity{}, err
	}
	if _, err := s.api.get(ctx, "configmaps", s.bundle); err != nil {
		return authority{}, identity{}, err
	}
	files, err := signs.decoded()
	if err != nil {
		return authority{}, identity{}, err
	}
	server, err := shown.decoded()
	return authorityOf(files), identity{server[certificateFile], server[keyFile]}, err
}

func (s *secrets) store(ctx context.Context, a authority, bundle []byte, i identity) error {
	// The version that was read is sent along: of two runs at once, one is refused before it has changed anything.
	if err := s.api.set(ctx, "secrets", s.authority, a.files()); err != nil {
		return err
	}
	if err := s.api.set(ctx, "configmaps", s.bundle, map[string][]byte{rootFile: bundle}); err != nil {
		return err
	}
	return s.api.set(ctx, "secrets", s.server, map[string][]byte{
		rootFile: bundle, certificateFile: i.certificate, keyFile: i.key,
	})
}

// kubernetes is as much of its API as two Secrets take.
type kubernetes struct {
	base, token string
	http        *http.Client
	// read is what get has seen, so that set changes nothing else.
	read map[string]object
}

type object map[string]any

func newKubernetes(account string) (*kubernetes, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; -directory keeps the files in a folder")
	}
	var text [2]string
	for index, name := range []string{"token", "namespace"} {
		content, err := os.ReadFile(filepath.Join(account, name))
		if err != nil {
			return nil, err
		}
		text[index] = strings.TrimSpace(string(content))
	}
	pool, err := certificatePool(filepath.Join(account, "ca.crt"))
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	return &kubernetes{
		base:  "https://" + net.JoinHostPort(host, port) + "/api/v1/namespaces/" + text[1] + "/",
		token: text[0],
		http:  &http.Client{Timeout: 30 * time.Second, Transport: transport},
		read:  map[string]object{},
	}, nil
}

func (k *kubernetes) get(ctx context.Context, resource, name string) (object, error) {
	found := object{}
	if err := k.call(ctx, http.MethodGet, resource+"/"+name, nil, &found); err != nil {
		return nil, err
	}
	k.read[resource+"/"+name] = found
	return found, nil
}

// set replaces the data of an object that was read before, and nothing else. Empty files are left out.
func (k *kubernetes) set(ctx context.Context, resource, name string, files map[string][]byte) error {
	data := map[string]any{}
	for file, text := range files {
		switch {
		case len(text) == 0:
		case resource == "configmaps":
			data[file] = string(text)
		default:
			data[file] = text
		}
	}
	changed := object{}
	for field, value := range k.read[resource+"/"+name] {
		changed[field] = value
	}
	changed["data"] = data
	return k.call(ctx, http.MethodPut, resource+"/"+name+"?fieldManager=consul-seed", changed, &object{})
}

func (k *kubernetes) call(ctx context.Context, method, path string, body any, out any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, k.base+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+k.token)
	request.Header.Set("Content-Type", "application/json")
	response, err := k.http.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("kubernetes answered %s %s with %d: %s", method, path, response.StatusCode, strings.TrimSpace(string(answer)))
	}
	return json.Unmarshal(answer, out)
}

// decoded is the content of a Secret.
func (o object) decoded() (map[string][]byte, error) {
	text, err := json.Marshal(o["data"])
	if err != nil {
		return nil, err
	}
	var files map[string][]byte
	err = json.Unmarshal(text, &files)
	return files, err
}
