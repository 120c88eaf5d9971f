// Consul-seed brings a Consul cluster to what the platform declares: access control, configuration, gossip key and
// certificates. Each command is safe to run again, and two at once do no harm.
//
//	consul-seed tls      certificates of the servers, kept in Kubernetes
//	consul-seed acl      policies and tokens
//	consul-seed keyring  the gossip key
//	consul-seed kv       documents below config/<service>/
//
// Exit codes: 0 done, 1 a finding (kv -check: what is there differs), 2 wrong use, or it could not be done.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// errFinding says that everything was done and something was found: exit code 1.
var errFinding = errors.New("findings")

type command func(ctx context.Context, log *slog.Logger, args []string) error

var commands = map[string]command{"acl": runACL, "keyring": runKeyring, "kv": runKV, "tls": runTLS}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprintln(stderr, "usage: consul-seed acl|keyring|kv|tls [flags]; consul-seed <command> -help says which")
		return 2
	}
	log := slog.New(slog.NewJSONHandler(stdout, nil))
	err := commands[args[0]](ctx, log, args[1:])
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errFinding):
		return 1
	default:
		log.Error(err.Error())
		return 2
	}
}

// consulFlags adds what every command that talks to Consul takes. The address, token and certificate come from the
// variables that Consul's own command line reads, so that no token stands in a process list.
func consulFlags(flags *flag.FlagSet) *time.Duration {
	return flags.Duration("patience", 5*time.Minute, "how long to try while Consul does not answer")
}

func parse(flags *flag.FlagSet, args []string) error {
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	return nil
}
