package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// prefix is where the configuration of services stands.
const prefix = "config/"

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

func hash(value []byte) string {
	sum := sha256.Sum256(value)
	return hex.EncodeToString(sum[:])
}
