package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// kvPlan says what the store shall hold. The documents themselves are files beside it, named <service>.<key>.
type kvPlan struct {
	// Services by name.
	Services map[string]servicePlan `json:"services"`
}

type servicePlan struct {
	// Revision changes with any of the service's documents.
	Revision string `json:"revision"`
	// Documents: key → who has the last word.
	Documents map[string]ownership `json:"documents"`
}

// ownership says who has the last word on a document.
type ownership string

const (
	// restore: the platform; an edit by hand is undone.
	restore ownership = "restore"
	// keep: an edit by hand stays, and is reported until it is declared or undone.
	keep ownership = "keep"
	// appOwned: the service; it gets an initial value, once.
	appOwned ownership = "app"
)

// marker is the document at config/<service>/ itself: what wakes the service's watcher, and what the platform wrote.
type marker struct {
	Revision string `json:"revision"`
	// Writes counts, so that the marker changes with every write: Consul wakes nobody for an equal value.
	Writes int `json:"writes"`
	// Keys the platform wrote, with the SHA-256 of the value. They alone may be changed or removed.
	Keys map[string]string `json:"keys"`
}

// pair is a key as Consul's HTTP API gives it; []byte is base64 in JSON.
type pair struct {
	Key         string
	Value       []byte
	ModifyIndex uint64
}

// drift is a document that is not what was declared, through no run of this program.
type drift struct {
	Service string `json:"service"`
	Key     string `json:"key"`
	What    string `json:"what"`
	// Restored, or left as it is.
	Restored bool `json:"restored"`
}

// change is what a run does to one service: all of it, or nothing.
type change struct {
	operations []operation
	// actions says the same for people: "create database".
	actions []string
	drifts  []drift
}

type operation struct {
	KV operationKV
}

type operationKV struct {
	Verb  string
	Key   string
	Value []byte `json:",omitempty"`
	Index uint64
}

// rounds is how often a service is read again because somebody else wrote in the meantime.
const rounds = 30

const (
	prefix = "config/"
	// statusPrefix is where numbers stand that consul-exporter shows as consul_catalog_kv.
	statusPrefix = "suoke/status/"
)

type kvMode int

const (
	apply kvMode = iota
	// check reads only.
	check
	// reconcile undoes edits by hand, and leaves a service alone that is at another revision: a newer run owns it.
	reconcile
)

func runKV(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("kv", flag.ContinueOnError)
	planPath := flags.String("plan", "/kv/plan.json", "what the store shall hold")
	documents := flags.String("documents", "/kv", "folder of the documents, as <service>.<key>")
	checkOnly := flags.Bool("check", false, "write nothing; exit code 1 when something differs")
	reconcileOnly := flags.Bool("reconcile", false, "undo edits by hand, at the plan's own revision only; and record the drift")
	patience := consulFlags(flags)
	if err := parse(flags, args); err != nil {
		return err
	}
	if *checkOnly && *reconcileOnly {
		return errors.New("-check and -reconcile exclude each other")
	}
	plan, contents, err := readKV(*planPath, *documents)
	if err != nil {
		return err
	}
	c, err := newClient(log, *patience)
	if err != nil {
		return err
	}
	mode := apply
	switch {
	case *checkOnly:
		mode = check
	case *reconcileOnly:
		mode = reconcile
	}
	return c.seed(ctx, plan, contents, mode)
}

// readKV reads the plan and its documents: service → key → content.
func readKV(planPath, folder string) (kvPlan, map[string]map[string][]byte, error) {
	var plan kvPlan
	text, err := os.ReadFile(planPath)
	if err != nil {
		return plan, nil, err
	}
	if err := json.Unmarshal(text, &plan); err != nil {
		return plan, nil, fmt.Errorf("%s: %w", planPath, err)
	}
	contents := map[string]map[string][]byte{}
	for service, declared := range plan.Services {
		contents[service] = map[string][]byte{}
		for key, owner := range declared.Documents {
			if !slices.Contains([]ownership{restore, keep, appOwned}, owner) {
				return plan, nil, fmt.Errorf("%s: %s.%s: %q is no ownership", planPath, service, key, owner)
			}
			if key == "" || strings.ContainsAny(key, "/") || strings.ContainsAny(service, "/.") {
				return plan, nil, fmt.Errorf("%s: %s.%s would be outside of %s<service>/", planPath, service, key, prefix)
			}
			if contents[service][key], err = os.ReadFile(filepath.Join(folder, service+"."+key)); err != nil {
				return plan, nil, err
			}
		}
	}
	return plan, contents, nil
}

// seed brings each service to its plan, in order of name, and says at the end how far it came.
func (c *client) seed(ctx context.Context, plan kvPlan, contents map[string]map[string][]byte, mode kvMode) error {
	var done, changed, behind []string
	var drifts []drift
	var failed error
	names := sortedKeys(plan.Services)
	for _, service := range names {
		wrote, found, err := c.seedService(ctx, service, plan.Services[service], contents[service], mode)
		if err != nil {
			// The rest may still work, unless nobody answers.
			failed = errors.Join(failed, fmt.Errorf("%s: %w", service, err))
			behind = append(behind, service)
			if statusOf(err) == 0 {
				break
			}
			continue
		}
		done = append(done, service)
		drifts = append(drifts, found...)
		if wrote {
			changed = append(changed, service)
		}
	}
	if failed != nil {
		for _, service := range names[len(done)+len(behind):] {
			behind = append(behind, service)
		}
		return fmt.Errorf("not at the declared configuration: %s; at it: %s; no service is halfway: %w",
			list(behind), list(done), failed)
	}
	kept := slices.DeleteFunc(slices.Clone(drifts), func(d drift) bool { return d.Restored })
	if mode == reconcile {
		if err := c.recordDrift(ctx, len(kept)); err != nil {
			return err
		}
	}
	log := c.log.With("services", len(done), "changed", changed, "drift", len(drifts), "kept", len(kept))
	if mode == check {
		log.Info("checked")
		if len(changed)+len(drifts) > 0 {
			return errFinding
		}
		return nil
	}
	log.Info("done")
	return nil
}

// seedService does one service in one transaction, and starts over when somebody else was faster.
func (c *client) seedService(ctx context.Context, service string, plan servicePlan, contents map[string][]byte, mode kvMode) (bool, []drift, error) {
	for range rounds {
		pairs, err := c.list(ctx, prefix+service+"/")
		if err != nil {
			return false, nil, err
		}
		current := map[string]pair{}
		for _, each := range pairs {
			current[strings.TrimPrefix(each.Key, prefix+service+"/")] = each
		}
		if other := revisionOf(current[""]); mode == reconcile && other != "" && other != plan.Revision {
			c.log.Info("left alone: it is at another revision", "service", service, "revision", other)
			return false, nil, nil
		}
		wanted := planService(service, plan, contents, current)
		if mode == check {
			c.report(service, wanted, "would ")
			return len(wanted.operations) > 0, wanted.drifts, nil
		}
		if len(wanted.operations) == 0 {
			c.report(service, wanted, "")
			return false, wanted.drifts, nil
		}
		applied, err := c.transaction(ctx, wanted.operations)
		if err != nil {
			return false, nil, err
		}
		if applied {
			c.report(service, wanted, "")
			return true, wanted.drifts, nil
		}
		c.log.Info("somebody else wrote at the same time; reading again", "service", service)
		time.Sleep(rand.N(50 * time.Millisecond))
	}
	return false, nil, fmt.Errorf("others wrote at the same time, %d times in a row", rounds)
}

// planService compares what is there with what is declared. Pure.
func planService(service string, plan servicePlan, contents map[string][]byte, current map[string]pair) change {
	var result change
	before := parseMarker(current[""].Value)
	after := marker{Revision: plan.Revision, Writes: before.Writes, Keys: map[string]string{}}
	at := func(key string) string { return prefix + service + "/" + key }
	set := func(key string, action string) {
		result.operations = append(result.operations, operation{operationKV{"cas", at(key), contents[key], current[key].ModifyIndex}})
		result.actions = append(result.actions, action+" "+key)
	}
	for _, key := range sortedKeys(plan.Documents) {
		owner := plan.Documents[key]
		there, exists := current[key]
		wrote, ours := before.Keys[key]
		if owner == appOwned {
			// A document that was the platform's is handed over as it is.
			if !exists {
				set(key, "create")
			}
			continue
		}
		wanted := hash(contents[key])
		if exists && hash(there.Value) == wanted {
			after.Keys[key] = wanted
			continue
		}
		what := ""
		switch {
		case !exists && ours:
			what = "was removed by somebody else"
		case exists && !ours:
			what = "was written by somebody else before the platform"
		case exists && hash(there.Value) != wrote:
			what = "was edited by somebody else"
		}
		if what != "" {
			result.drifts = append(result.drifts, drift{service, key, what, owner == restore})
			if owner == keep {
				if ours {
					after.Keys[key] = wrote
				}
				continue
			}
		}
		after.Keys[key] = wanted
		if exists {
			set(key, "update")
		} else {
			set(key, "create")
		}
	}
	for _, key := range sortedKeys(before.Keys) {
		there, exists := current[key]
		if _, declared := plan.Documents[key]; declared || !exists {
			continue
		}
		if hash(there.Value) != before.Keys[key] {
			result.drifts = append(result.drifts, drift{service, key, "is no longer declared, and was edited by somebody else: it is theirs now", false})
			continue
		}
		result.operations = append(result.operations, operation{operationKV{"delete-cas", at(key), nil, there.ModifyIndex}})
		result.actions = append(result.actions, "remove "+key)
	}
	if len(result.operations) == 0 && before.equal(after) {
		return result
	}
	// Last, and always: the marker's index is what keeps two runs apart, and its change is what wakes the watchers.
	after.Writes++
	text, _ := json.Marshal(after)
	result.operations = append(result.operations, operation{operationKV{"cas", at(""), text, current[""].ModifyIndex}})
	return result
}

func (m marker) equal(other marker) bool {
	if m.Revision != other.Revision || len(m.Keys) != len(other.Keys) {
		return false
	}
	for key, value := range m.Keys {
		if other.Keys[key] != value {
			return false
		}
	}
	return true
}

// parseMarker takes anything that is no marker for none.
func parseMarker(text []byte) marker {
	var parsed marker
	if err := json.Unmarshal(text, &parsed); err != nil {
		return marker{}
	}
	return parsed
}

func revisionOf(there pair) string { return parseMarker(there.Value).Revision }

func (c *client) report(service string, wanted change, conditional string) {
	for _, action := range wanted.actions {
		c.log.Info(conditional+action, "service", service)
	}
	for _, each := range wanted.drifts {
		outcome := "left as it is"
		if each.Restored {
			outcome = conditional + "restore"
		}
		c.log.Warn("drift: "+each.Key+" "+each.What, "service", service, "key", each.Key, "outcome", outcome)
	}
}

// list returns what is below a path, as the leader has it.
func (c *client) list(ctx context.Context, path string) ([]pair, error) {
	var pairs []pair
	err := c.call(ctx, http.MethodGet, "/v1/kv/"+path+"?recurse&consistent", nil, &pairs)
	if statusOf(err) == http.StatusNotFound {
		return nil, nil
	}
	return pairs, err
}

// transaction does all operations or none; false says that a compared index has changed.
func (c *client) transaction(ctx context.Context, operations []operation) (bool, error) {
	err := c.call(ctx, http.MethodPut, "/v1/txn", operations, nil)
	if statusOf(err) == http.StatusConflict {
		// Also how a refusal arrives, and that would not go away.
		if answer, _ := errors.AsType[*apiError](err); strings.Contains(answer.body, "Permission denied") {
			return false, err
		}
		return false, nil
	}
	return err == nil, err
}

// recordDrift puts numbers where consul-exporter finds them.
func (c *client) recordDrift(ctx context.Context, kept int) error {
	for key, value := range map[string]int64{"kv/drift": int64(kept), "kv/checked": time.Now().Unix()} {
		if err := c.call(ctx, http.MethodPut, "/v1/kv/"+statusPrefix+key, []byte(strconv.FormatInt(value, 10)), nil); err != nil {
			return err
		}
	}
	return nil
}

func hash(value []byte) string {
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}

func sortedKeys[V any](values map[string]V) []string {
	keys := make([]string, 0, len(values))
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

func list(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
