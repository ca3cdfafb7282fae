// Notes on the official Go SDK: whoever calls is who the issuer says in the token.
//
// From the environment: PORT, ISSUER, JWKS_URL, AUDIENCE. With KEEP=together all people's notes lie in one list, which is
// the mistake this example shows.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

const scope = "notes:use"

// Access tokens of the issuer, for us.
func verifier() auth.TokenVerifier {
	keys := oidc.NewRemoteKeySet(context.Background(), os.Getenv("JWKS_URL"))
	tokens := oidc.NewVerifier(os.Getenv("ISSUER"), keys, &oidc.Config{ClientID: os.Getenv("AUDIENCE")})
	return func(ctx context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		verified, err := tokens.Verify(ctx, token)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", auth.ErrInvalidToken, err)
		}
		var claims struct {
			Scope string `json:"scope"`
			Name  string `json:"preferred_username"`
		}
		if err := verified.Claims(&claims); err != nil || verified.Subject == "" {
			return nil, fmt.Errorf("%w: claims that cannot be read", auth.ErrInvalidToken)
		}
		return &auth.TokenInfo{
			Scopes:     strings.Fields(claims.Scope),
			Expiration: verified.Expiry,
			UserID:     verified.Subject,
			Extra:      map[string]any{"name": claims.Name},
		}, nil
	}
}

type note struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Everybody's notes, by whose they are.
type notebook struct {
	sync.Mutex
	notes    map[string][]note
	together bool
}

func (b *notebook) of(subject string) string {
	if b.together {
		return "everybody"
	}
	return subject
}

type none struct{}
type byID struct {
	ID string `json:"id"`
}
type byText struct {
	Text string `json:"text"`
}
type person struct {
	Subject string `json:"subject"`
	Name    string `json:"name"`
}
type listed struct {
	IDs []string `json:"ids"`
}

func (b *notebook) whoami(_ context.Context, r *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, person, error) {
	info := r.Extra.TokenInfo
	name, _ := info.Extra["name"].(string)
	return nil, person{info.UserID, name}, nil
}

func (b *notebook) create(_ context.Context, r *mcp.CallToolRequest, in byText) (*mcp.CallToolResult, note, error) {
	b.Lock()
	defer b.Unlock()
	whose := b.of(r.Extra.TokenInfo.UserID)
	made := note{rand.Text(), in.Text}
	b.notes[whose] = append(b.notes[whose], made)
	return nil, made, nil
}

func (b *notebook) get(_ context.Context, r *mcp.CallToolRequest, in byID) (*mcp.CallToolResult, note, error) {
	b.Lock()
	defer b.Unlock()
	for _, one := range b.notes[b.of(r.Extra.TokenInfo.UserID)] {
		if one.ID == in.ID {
			return nil, one, nil
		}
	}
	return nil, note{}, errors.New("you have no such note")
}

func (b *notebook) list(_ context.Context, r *mcp.CallToolRequest, _ none) (*mcp.CallToolResult, listed, error) {
	b.Lock()
	defer b.Unlock()
	ids := []string{}
	for _, one := range b.notes[b.of(r.Extra.TokenInfo.UserID)] {
		ids = append(ids, one.ID)
	}
	return nil, listed{ids}, nil
}

func main() {
	base := "http://127.0.0.1:" + os.Getenv("PORT")
	const metadata = "/.well-known/oauth-protected-resource/mcp"
	book := &notebook{notes: map[string][]note{}, together: os.Getenv("KEEP") == "together"}

	server := mcp.NewServer(&mcp.Implementation{Name: "notes", Version: "1.0.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "whoami", Description: "Says who the server takes you for."}, book.whoami)
	mcp.AddTool(server, &mcp.Tool{Name: "create_note", Description: "Keeps a note of yours."}, book.create)
	mcp.AddTool(server, &mcp.Tool{Name: "get_note", Description: "One of your notes."}, book.get)
	mcp.AddTool(server, &mcp.Tool{Name: "list_notes", Description: "The ids of your notes."}, book.list)

	guard := auth.RequireBearerToken(verifier(), &auth.RequireBearerTokenOptions{
		ResourceMetadataURL: base + metadata,
		Scopes:              []string{scope},
	})
	http.Handle("/mcp", guard(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, nil)))
	http.Handle(metadata, auth.ProtectedResourceMetadataHandler(&oauthex.ProtectedResourceMetadata{
		Resource:             base + "/mcp",
		AuthorizationServers: []string{os.Getenv("ISSUER")},
		ScopesSupported:      []string{scope},
	}))
	log.Printf("listening at %s/mcp", base)
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
