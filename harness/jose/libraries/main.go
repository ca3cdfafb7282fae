// Tokens in the eyes of go-jose: reads a request on standard input, answers on standard output. README.md has both forms.
package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"log"
	"os"
	"time"

	"github.com/go-jose/go-jose/v4"
	strict "github.com/go-jose/go-jose/v4/json"
	"github.com/go-jose/go-jose/v4/jwt"
)

type testCase struct {
	ID        string                  `json:"id"`
	Algorithm jose.SignatureAlgorithm `json:"algorithm"`
	Keys      jose.JSONWebKeySet      `json:"keys"`
	Token     string                  `json:"token"`
}

type request struct {
	Now      int64           `json:"now"`
	Issuer   string          `json:"issuer"`
	Audience string          `json:"audience"`
	Claims   json.RawMessage `json:"claims"`
	Cases    []testCase      `json:"cases"`
}

type verdict struct {
	Signed  bool   `json:"signed"`
	Taken   bool   `json:"taken"`
	Payload string `json:"payload"`
	Claims  string `json:"claims"`
	Why     string `json:"why"`
}

type made struct {
	Algorithm jose.SignatureAlgorithm `json:"algorithm"`
	Keys      jose.JSONWebKeySet      `json:"keys"`
	Token     string                  `json:"token"`
}

type answer struct {
	Cases       map[string]verdict                 `json:"cases"`
	Thumbprints map[jose.SignatureAlgorithm]string `json:"thumbprints"`
	Made        []made                             `json:"made"`
}

func signed(one testCase, said *verdict) error {
	parsed, err := jose.ParseSignedCompact(one.Token, []jose.SignatureAlgorithm{one.Algorithm})
	if err != nil {
		return err
	}
	payload, err := parsed.Verify(&one.Keys)
	if err != nil {
		return err
	}
	said.Signed = true
	said.Payload = base64.RawURLEncoding.EncodeToString(payload)
	// As this library's own reader has the members, each with its text left as it is.
	var members map[string]*strict.RawMessage
	if err := strict.Unmarshal(payload, &members); err != nil {
		return err
	}
	text, err := strict.Marshal(members)
	said.Claims = string(text)
	return err
}

func taken(one testCase, asked request) error {
	parsed, err := jwt.ParseSigned(one.Token, []jose.SignatureAlgorithm{one.Algorithm})
	if err != nil {
		return err
	}
	var claims jwt.Claims
	if err := parsed.Claims(&one.Keys, &claims); err != nil {
		return err
	}
	return claims.ValidateWithLeeway(jwt.Expected{
		Issuer: asked.Issuer, AnyAudience: jwt.Audience{asked.Audience}, Time: time.Unix(asked.Now, 0),
	}, 0)
}

func judge(one testCase, asked request) verdict {
	var said verdict
	if err := signed(one, &said); err != nil {
		said.Why = err.Error()
	}
	err := taken(one, asked)
	said.Taken = err == nil
	if err != nil && said.Why == "" {
		said.Why = err.Error()
	}
	return said
}

func newKey(algorithm jose.SignatureAlgorithm) (crypto.Signer, error) {
	switch algorithm {
	case jose.ES256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.EdDSA:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	}
	return rsa.GenerateKey(rand.Reader, 2048)
}

func makeToken(algorithm jose.SignatureAlgorithm, claims json.RawMessage) (made, error) {
	key, err := newKey(algorithm)
	if err != nil {
		return made{}, err
	}
	id := "go-jose " + string(algorithm)
	options := (&jose.SignerOptions{}).WithType("at+jwt")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: id}}, options)
	if err != nil {
		return made{}, err
	}
	object, err := signer.Sign(claims)
	if err != nil {
		return made{}, err
	}
	token, err := object.CompactSerialize()
	public := jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: string(algorithm), Use: "sig"}
	return made{algorithm, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}}, token}, err
}

func main() {
	var asked request
	if err := json.NewDecoder(os.Stdin).Decode(&asked); err != nil {
		log.Fatal(err)
	}
	said := answer{Cases: map[string]verdict{}, Thumbprints: map[jose.SignatureAlgorithm]string{}}
	for _, one := range asked.Cases {
		said.Cases[one.ID] = judge(one, asked)
		thumbprint, err := one.Keys.Keys[0].Thumbprint(crypto.SHA256)
		if err != nil {
			log.Fatal(err)
		}
		said.Thumbprints[one.Algorithm] = base64.RawURLEncoding.EncodeToString(thumbprint)
	}
	for _, algorithm := range []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.ES256, jose.ES384, jose.EdDSA,
	} {
		one, err := makeToken(algorithm, asked.Claims)
		if err != nil {
			log.Fatal(err)
		}
		said.Made = append(said.Made, one)
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		log.Fatal(err)
	}
}
