package main

import (
	"context"
	"crypto/sha1"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// tokensFile says which tokens there shall be: name of the file with its secret → policy. A token's accessor is derived from
// the file's name.
const tokensFile = "tokens.json"

// policySuffix ends the name of a file with a policy's rules.
const policySuffix = ".hcl"

const (
	// What begins so is ours, and goes when it is no longer declared. The rest is left alone.
	ownedPolicy = "suoke-"
	ownedToken  = "suoke: "
	// What Consul calls a token that it has made from initial_management.
	managementToken = "Initial Management Token"
)

type policy struct {
	ID          string `json:",omitempty"`
	Name        string
	Description string
	Rules       string
}

type link struct {
	Name string
}

type token struct {
	AccessorID  string
	SecretID    string
	Description string
	Policies    []link
}

func runACL(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("acl", flag.ContinueOnError)
	folder := flags.String("plan", "/acl", "folder of the policies, as <name>"+policySuffix+", and of "+tokensFile)
	secrets := flags.String("tokens", "/tokens", "folder of the tokens' secrets, as <name>.<slot>")
	patience := consulFlags(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	policies, tokens, err := readACL(*folder, *secrets)
	if err != nil {
		return err
	}
	c, err := newClient(log, *patience)
	if err != nil {
		return err
	}
	changed := 0
	for _, step := range []func(context.Context) (int, error){
		func(ctx context.Context) (int, error) { return c.ensurePolicies(ctx, policies) },
		func(ctx context.Context) (int, error) { return c.ensureTokens(ctx, tokens) },
		func(ctx context.Context) (int, error) { return c.removeSurplus(ctx, policies, tokens) },
	} {
		count, err := step(ctx)
		if err != nil {
			return fmt.Errorf("access control is not as declared; running again goes on where this stopped: %w", err)
		}
		changed += count
	}
	log.Info("access control is as declared", "policies", len(policies), "tokens", len(tokens), "changed", changed)
	return nil
}

// readACL reads the policies, name → rules, and the tokens with their secrets.
func readACL(folder, secrets string) (map[string]string, []token, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*"+policySuffix))
	if err != nil {
		return nil, nil, err
	}
	policies := map[string]string{}
	for _, path := range paths {
		rules, err := os.ReadFile(path)
		if err != nil {
			return nil, nil, err
		}
		policies[strings.TrimSuffix(filepath.Base(path), policySuffix)] = string(rules)
	}
	text, err := os.ReadFile(filepath.Join(folder, tokensFile))
	if err != nil {
		return nil, nil, err
	}
	var declared map[string]string
	if err := json.Unmarshal(text, &declared); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", tokensFile, err)
	}
	var tokens []token
	for _, file := range sortedKeys(declared) {
		name := declared[file]
		if _, known := policies[name]; !known {
			return nil, nil, fmt.Errorf("%s: token %s has the policy %q, which is not declared", tokensFile, file, name)
		}
		secret, err := os.ReadFile(filepath.Join(secrets, file))
		if err != nil {
			return nil, nil, err
		}
		tokens = append(tokens, token{
			AccessorID:  accessor(file),
			SecretID:    strings.TrimSpace(string(secret)),
			Description: ownedToken + file,
			Policies:    []link{{name}},
		})
	}
	return policies, tokens, nil
}

// accessor derives a token's public name (UUID version 5), so that a token is found again whatever its secret is.
func accessor(name string) string {
	sum := sha1.Sum([]byte("life.suoke.platform/consul/" + name))
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}

func (c *client) ensurePolicies(ctx context.Context, wanted map[string]string) (int, error) {
	changed := 0
	for _, name := range sortedKeys(wanted) {
		if !strings.HasPrefix(name, ownedPolicy) {
			return changed, fmt.Errorf("policy %q does not begin with %q", name, ownedPolicy)
		}
		did, err := c.ensurePolicy(ctx, policy{Name: name, Description: "Declared by the platform.", Rules: wanted[name]})
		if err != nil {
			return changed, err
		}
		changed += did
	}
	return changed, nil
}

func (c *client) ensurePolicy(ctx context.Context, wanted policy) (int, error) {
	var there policy
	err := c.call(ctx, http.MethodGet, "/v1/acl/policy/name/"+wanted.Name, nil, &there)
	switch {
	case missing(err):
		err := c.call(ctx, http.MethodPut, "/v1/acl/policy", wanted, &there)
		if taken(err) {
			// Another run was faster; what it wrote is compared now.
			return c.ensurePolicy(ctx, wanted)
		}
		c.done(err, "created", "policy", wanted.Name)
		return 1, err
	case err != nil:
		return 0, err
	case there.Rules == wanted.Rules && there.Description == wanted.Description:
		return 0, nil
	}
	wanted.ID = there.ID
	err = c.call(ctx, http.MethodPut, "/v1/acl/policy/"+there.ID, wanted, nil)
	c.done(err, "updated", "policy", wanted.Name)
	return 1, err
}

func (c *client) ensureTokens(ctx context.Context, wanted []token) (int, error) {
	changed := 0
	for _, each := range wanted {
		did, err := c.ensureToken(ctx, each)
		if err != nil {
			return changed, fmt.Errorf("token %s: %w", strings.TrimPrefix(each.Description, ownedToken), err)
		}
		changed += did
	}
	return changed, nil
}

func (c *client) ensureToken(ctx context.Context, wanted token) (int, error) {
	name := strings.TrimPrefix(wanted.Description, ownedToken)
	var there token
	err := c.call(ctx, http.MethodGet, "/v1/acl/token/"+wanted.AccessorID, nil, &there)
	did := 0
	switch {
	case missing(err):
	case err != nil:
		return 0, err
	case there.SecretID != wanted.SecretID:
		// A secret cannot be changed. This slot is the idle one, as a rotation only ever renews that.
		if err := c.call(ctx, http.MethodDelete, "/v1/acl/token/"+wanted.AccessorID, nil, nil); err != nil && !missing(err) {
			return 0, err
		}
		did = 1
	case there.Description == wanted.Description && sameLinks(there.Policies, wanted.Policies):
		return 0, nil
	default:
		err := c.call(ctx, http.MethodPut, "/v1/acl/token/"+wanted.AccessorID, wanted, nil)
		c.done(err, "updated", "token", name)
		return 1, err
	}
	err = c.call(ctx, http.MethodPut, "/v1/acl/token", wanted, nil)
	if taken(err) {
		if err := c.call(ctx, http.MethodGet, "/v1/acl/token/"+wanted.AccessorID, nil, &there); err != nil || there.SecretID != wanted.SecretID {
			return did, errors.New("its secret belongs to another token: delete that one, or rotate this one")
		}
		return c.ensureToken(ctx, wanted)
	}
	c.done(err, "created", "token", name)
	return 1, err
}

// removeSurplus deletes what is ours and no longer declared, and management tokens that a rotation has left behind.
func (c *client) removeSurplus(ctx context.Context, policies map[string]string, tokens []token) (int, error) {
	var self token
	var there []token
	var known []policy
	for path, into := range map[string]any{"/v1/acl/token/self": &self, "/v1/acl/tokens": &there, "/v1/acl/policies": &known} {
		if err := c.call(ctx, http.MethodGet, path, nil, into); err != nil {
			return 0, err
		}
	}
	changed := 0
	remove := func(path, kind, name string) error {
		err := c.call(ctx, http.MethodDelete, path, nil, nil)
		if missing(err) {
			return nil
		}
		changed++
		c.done(err, "removed", kind, name)
		return err
	}
	for _, each := range there {
		declared := slices.ContainsFunc(tokens, func(wanted token) bool { return wanted.AccessorID == each.AccessorID })
		ours := strings.HasPrefix(each.Description, ownedToken) && !declared
		former := each.Description == managementToken && self.Description == managementToken && each.AccessorID != self.AccessorID
		if !ours && !former {
			continue
		}
		if err := remove("/v1/acl/token/"+each.AccessorID, "token", each.Description); err != nil {
			return changed, err
		}
	}
	for _, each := range known {
		if _, declared := policies[each.Name]; declared || !strings.HasPrefix(each.Name, ownedPolicy) {
			continue
		}
		if err := remove("/v1/acl/policy/"+each.ID, "policy", each.Name); err != nil {
			return changed, err
		}
	}
	return changed, nil
}

func (c *client) done(err error, what, kind, name string) {
	if err == nil {
		c.log.Info(what+" "+kind, "name", name)
	}
}

// missing says whether Consul answered that there is no such thing: with 404, or with 403 in words.
func missing(err error) bool {
	answer, answered := errors.AsType[*apiError](err)
	return answered && (answer.status == http.StatusNotFound ||
		strings.Contains(answer.body, "does not exist") || strings.Contains(answer.body, "Cannot find"))
}

// taken says whether a name, accessor or secret is in use: another run was faster.
func taken(err error) bool {
	answer, answered := errors.AsType[*apiError](err)
	return answered && (strings.Contains(answer.body, "already exists") || strings.Contains(answer.body, "already in use"))
}

func sameLinks(a, b []link) bool {
	names := func(links []link) []string {
		var result []string
		for _, each := range links {
			result = append(result, each.Name)
		}
		slices.Sort(result)
		return result
	}
	return slices.Equal(names(a), names(b))
}
