// The platform's PostgreSQL tool. It runs as Jobs beside the database:
//
//	postgres migrate     brings every database to the newest schema
//	postgres partitions  creates the partitions that are due, and drops those past their retention
//	postgres drill       restores the newest backup into a scratch cluster and compares it with what runs
//
// Both may be run again at any time, by several at once, and after having been killed.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const usage = `Usage: postgres <command> [flags]

Commands:
  migrate     bring every database to the newest schema
  partitions  create the partitions that are due, drop those past their retention
  drill       restore the newest backup into a scratch cluster, compare it with what runs, remove it

Flags:
  --config FILE  databases and partitioned tables (default /config/postgres.json)
  --now TIME     pretend that it is this time, as 2026-01-31T00:00:00Z; for partitions
  --wait TIME    how long to wait for a database that is not there yet (default 5m)
  --account DIR  token and certificate of the pod's ServiceAccount; for drill

Exit codes: 0 done, 1 a database refused, 2 wrong use or a database that could not be reached.
`

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	commands := map[string]func(context.Context, config, time.Time) error{"migrate": migrate, "partitions": partitions, "drill": drill}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprint(os.Stderr, usage) }
	path := flags.String("config", "/config/postgres.json", "")
	at := flags.String("now", "", "")
	wait := flags.Duration("wait", 5*time.Minute, "")
	account := flags.String("account", "/var/run/secrets/kubernetes.io/serviceaccount", "")
	if err := flags.Parse(args[1:]); err != nil {
		return 2
	}
	now := time.Now()
	if *at != "" {
		parsed, err := time.Parse(time.RFC3339, *at)
		if err != nil {
			slog.Error("--now is no time", "value", *at, "wanted", time.RFC3339)
			return 2
		}
		now = parsed
	}
	config, err := readConfig(*path)
	if err != nil {
		slog.Error(err.Error())
		return 2
	}
	config.wait = *wait
	config.account = *account
	if err := commands[args[0]](ctx, config, now.UTC()); err != nil {
		slog.Error(err.Error())
		if _, ok := err.(unreachable); ok {
			return 2
		}
		return 1
	}
	return 0
}
