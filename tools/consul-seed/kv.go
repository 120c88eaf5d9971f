package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// rounds is how often a service is read again because somebody else wrote in the meantime.
const rounds = 30

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
