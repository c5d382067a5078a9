// Peer: Go's net/http, standard library only.
package main

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"os"
	"strings"
)

type order struct {
	Sku    *string `json:"sku"`
	Qty    *int    `json:"qty"`
	IsGift bool    `json:"is_gift"`
}

type reply struct {
	Customer string `json:"customer"`
	Sku      string `json:"sku"`
	Qty      int    `json:"qty"`
	State    string `json:"state"`
}

func create(w http.ResponseWriter, r *http.Request) {
	customer := strings.TrimPrefix(r.URL.Path, "/bench/orders/")
	if customer == "" || strings.Contains(customer, "/") {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "", http.StatusMethodNotAllowed)
		return
	}
	user, password, ok := r.BasicAuth()
	if !ok || subtle.ConstantTimeCompare([]byte(user), []byte("bench")) != 1 ||
		subtle.ConstantTimeCompare([]byte(password), []byte("a-bench-password")) != 1 {
		w.Header().Set("WWW-Authenticate", `Basic realm="bench"`)
		http.Error(w, "", http.StatusUnauthorized)
		return
	}
	var given order
	if err := json.NewDecoder(r.Body).Decode(&given); err != nil || given.Sku == nil || given.Qty == nil {
		http.Error(w, "bad input", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(reply{customer, *given.Sku, *given.Qty, "accepted"})
}

func main() {
	http.HandleFunc("/bench/orders/", create)
	if err := http.ListenAndServe("127.0.0.1:"+os.Args[1], nil); err != nil {
		panic(err)
	}
}
