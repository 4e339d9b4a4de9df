// The chunk of our own few words in further languages: loaded with the first card where
// the page speaks one of them. English and German are in the chunk of cards.

/**
 * No, close, copy, copied, nobody is free, why this offer.
 *
 * @type {Record<string, string>}
 */
export const WORDS = {
  fr: 'Non merci|Fermer|Copier|Copié|Personne n’est libre pour le moment.|Cette offre a été choisie automatiquement, d’après votre visite.',
  es: 'No, gracias|Cerrar|Copiar|Copiado|Ahora no hay nadie libre.|Esta oferta se ha elegido automáticamente, según su visita.',
  it: 'No, grazie|Chiudi|Copia|Copiato|Al momento nessuno è libero.|Questa offerta è stata scelta automaticamente, in base alla sua visita.',
};
