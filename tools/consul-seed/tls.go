package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"slices"
	"strings"
	"time"
)

const (
	day = 24 * time.Hour
	// A root outlives what it signs by far; its successor is announced half a year before its end.
	rootLife  = 10 * 365 * day
	rootRenew = 180 * day
	// A server certificate lives as long as the public authorities' do, and a month of failing runs is noticed before its end.
	serverLife  = 90 * day
	serverRenew = 30 * day
	// announced is how long a new root is in everybody's bundle before it signs: pods see a changed file within minutes.
	announced = day
)

// authority is what signs: the current root, and the next one while it is being announced.
type authority struct {
	root, rootKey []byte
	next, nextKey []byte
	// former roots, as long as they are valid: certificates of theirs may still be in use.
	former []byte
}

// identity is what the servers show.
type identity struct {
	certificate, key []byte
}

// keeper is where certificates are kept.
type keeper interface {
	load(ctx context.Context) (authority, identity, error)
	// store writes in this order: authority, bundle, identity. What is trusted spreads before what is shown.
	store(ctx context.Context, a authority, bundle []byte, i identity) error
}

func runTLS(ctx context.Context, log *slog.Logger, args []string) error {
	flags := flag.NewFlagSet("tls", flag.ContinueOnError)
	datacenter := flags.String("datacenter", "", "name of the datacenter")
	hosts := flags.String("hosts", "", "further names of the servers, separated by commas")
	newRoot := flags.Bool("new-root", false, "announce a new root now; it signs from the first run a day later")
	authoritySecret := flags.String("authority", "consul-ca", "Secret that only this program reads")
	serverSecret := flags.String("server", "consul-tls", "Secret of the servers' certificate")
	bundleMap := flags.String("bundle", "consul-ca", "ConfigMap of the roots that clients trust")
	account := flags.String("serviceaccount", "/var/run/secrets/kubernetes.io/serviceaccount", "folder of the ServiceAccount's token")
	directory := flags.String("directory", "", "keep the files in this folder rather than in Kubernetes")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *datacenter == "" {
		return errors.New("-datacenter is missing")
	}
	var at keeper = folder(*directory)
	if *directory == "" {
		api, err := newKubernetes(*account)
		if err != nil {
			return err
		}
		at = &secrets{api: api, authority: *authoritySecret, server: *serverSecret, bundle: *bundleMap}
	}
	a, i, err := at.load(ctx)
	if err != nil {
		return err
	}
	names := []string{"server." + *datacenter + ".consul", "localhost"}
	if *hosts != "" {
		names = append(names, strings.Split(*hosts, ",")...)
	}
	renewed, actions, err := renew(a, i, names, *newRoot, time.Now())
	if err != nil {
		return err
	}
	if len(actions) == 0 {
		log.Info("the certificates are valid")
		return nil
	}
	if err := at.store(ctx, renewed.authority, renewed.authority.bundle(time.Now()), renewed.identity); err != nil {
		return err
	}
	for _, action := range actions {
		log.Info(action)
	}
	return nil
}

type issued struct {
	authority authority
	identity  identity
}

// renew replaces what is missing or near its end, and says what it did.
func renew(a authority, i identity, names []string, newRoot bool, now time.Time) (issued, []string, error) {
	var actions []string
	var err error
	root := certificate(a.root)
	if root == nil || now.After(root.NotAfter) {
		if a.root, a.rootKey, err = makeRoot(now); err != nil {
			return issued{}, nil, err
		}
		actions = append(actions, "made a root certificate")
		root = certificate(a.root)
	}
	next := certificate(a.next)
	switch {
	case next != nil && now.Sub(next.NotBefore) >= announced:
		a.former = append(slices.Clone(a.former), a.root...)
		a.root, a.rootKey, a.next, a.nextKey = a.next, a.nextKey, nil, nil
		root = certificate(a.root)
		actions = append(actions, "the announced root certificate signs from now on")
	case next == nil && (newRoot || root.NotAfter.Sub(now) < rootRenew):
		if a.next, a.nextKey, err = makeRoot(now); err != nil {
			return issued{}, nil, err
		}
		actions = append(actions, "announced a new root certificate")
	}
	if reason := stale(i, root, names, now); reason != "" {
		if i, err = makeServer(a, names, now); err != nil {
			return issued{}, nil, err
		}
		actions = append(actions, "issued the servers' certificate, as "+reason)
	}
	return issued{a, i}, actions, nil
}

// stale says why the servers' certificate must be replaced.
func stale(i identity, root *x509.Certificate, names []string, now time.Time) string {
	leaf := certificate(i.certificate)
	if leaf == nil {
		return "there was none"
	}
	if _, err := tls.X509KeyPair(i.certificate, i.key); err != nil {
		return "its key was not its own"
	}
	if leaf.NotAfter.Sub(now) < serverRenew {
		return "it ends " + leaf.NotAfter.UTC().Format(time.DateOnly)
	}
	if leaf.CheckSignatureFrom(root) != nil {
		return "another root had signed it"
	}
	for _, name := range names {
		if !slices.Contains(leaf.DNSNames, name) {
			return "it lacked the name " + name
		}
	}
	return ""
}

// bundle is every root that may have signed what is in use.
func (a authority) bundle(now time.Time) []byte {
	var text []byte
	for _, root := range certificates(slices.Concat(a.root, a.next, a.former)) {
		if now.Before(root.NotAfter) {
			text = append(text, encode("CERTIFICATE", root.Raw)...)
		}
	}
	return text
}

func makeRoot(now time.Time) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		// The serial number tells roots apart for people, and for whoever looks an issuer up by name.
		Subject:               pkix.Name{CommonName: "Suoke Life Consul", SerialNumber: serial.Text(16)},
		NotBefore:             now.Add(-time.Minute),
		NotAfter:              now.Add(rootLife),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	return sign(template, template, private, private)
}

func makeServer(a authority, names []string, now time.Time) (identity, error) {
	root := certificate(a.root)
	signer, err := privateKey(a.rootKey)
	if err != nil {
		return identity{}, fmt.Errorf("the root's key: %w", err)
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	serial, err := serialNumber()
	if err != nil {
		return identity{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: names[0]},
		DNSNames:     names,
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    now.Add(-time.Minute),
		NotAfter:     now.Add(serverLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		// Servers call each other, and show the same certificate then.
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	text, key, err := sign(template, root, private, signer)
	return identity{text, key}, err
}

func sign(template, parent *x509.Certificate, private *ecdsa.PrivateKey, signer crypto.Signer) (certificate, key []byte, err error) {
	signed, err := x509.CreateCertificate(rand.Reader, template, parent, private.Public(), signer)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return encode("CERTIFICATE", signed), encode("PRIVATE KEY", encoded), nil
}

func serialNumber() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

func encode(kind string, content []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
}

func privateKey(text []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("there is none")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("it cannot sign")
	}
	return signer, nil
}

// certificate is the first one of a text; nil where there is none.
func certificate(text []byte) *x509.Certificate {
	all := certificates(text)
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

func certificates(text []byte) []*x509.Certificate {
	var all []*x509.Certificate
	for {
		block, rest := pem.Decode(text)
		if block == nil {
			return all
		}
		text = bytes.TrimSpace(rest)
		if parsed, err := x509.ParseCertificate(block.Bytes); err == nil {
			all = append(all, parsed)
		}
	}
}
