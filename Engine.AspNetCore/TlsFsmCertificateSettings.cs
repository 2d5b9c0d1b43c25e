using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.AspNetCore;

/// <summary>Where a certificate is: in files or in a store, as Kestrel's own configuration says it.</summary>
public sealed class TlsFsmCertificateSettings
{
    /// <summary>
    /// A PFX file, or a PEM file with the certificate and its intermediates. Relative to the application's content. Not together with
    /// <see cref="Subject"/>.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>The private key in PEM. Null: <see cref="Path"/> is a PFX file.</summary>
    public string? KeyPath { get; set; }

    /// <summary>Of the PFX file or the key. Null: none.</summary>
    public string? Password { get; set; }

    /// <summary>
    /// A part of the subject's name in a store: of the certificates with a private key that fit and are valid, the one that is valid
    /// longest.
    /// </summary>
    public string? Subject { get; set; }

    /// <summary>The store's name. Null: <c>My</c>.</summary>
    public string? Store { get; set; }

    /// <summary>Whose store. Default the user's.</summary>
    public StoreLocation Location { get; set; } = StoreLocation.CurrentUser;
}
