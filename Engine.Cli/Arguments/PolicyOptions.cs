using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Security;
using System.Text;
using TlsFsm.Abstractions;

namespace TlsFsm.Cli.Arguments;

/// <summary>The options that say what may be negotiated, for both roles.</summary>
internal sealed class PolicyOptions
{
    private readonly Option<IReadOnlyList<TlsNamedGroup>?> _groups = List<TlsNamedGroup>(
        "--groups", "Key exchange groups, most wanted first: X25519MLKem768,X25519,Secp256r1.");

    private readonly Option<IReadOnlyList<TlsCipherSuite>?> _suites = List<TlsCipherSuite>(
        "--suites", "Cipher suites by their IANA names, most wanted first.");

    private readonly Option<IReadOnlyList<TlsSignatureScheme>?> _schemes = List<TlsSignatureScheme>(
        "--sigalgs", "Signature schemes, most wanted first: EcdsaSecp256r1Sha256,RsaPssRsaeSha256.");

    private readonly Option<TlsPsk?> _psk = new("--psk")
    {
        Description = "Pre-shared key: its identity, a colon, and at least 16 bytes in hexadecimal. On TLS 1.2 only with PSK suites in --suites.",
        HelpName = "identity:hex",
        CustomParser = ParsePsk,
    };

    private readonly Option<bool> _withoutEms = new("--allow-no-ems")
    {
        Description = "Admit TLS 1.2 peers without extended master secret (RFC 7627), as scanners and very old programs are. Their sessions are not resumed.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_groups);
        command.Options.Add(_suites);
        command.Options.Add(_schemes);
        command.Options.Add(_psk);
        command.Options.Add(_withoutEms);
    }

    /// <summary>The policy that they make of the default one.</summary>
    public TlsPolicy PolicyOf(ParseResult result)
    {
        var policy = TlsPolicy.Default;
        return policy with
        {
            Groups = result.GetValue(_groups) ?? policy.Groups,
            CipherSuites = result.GetValue(_suites) ?? policy.CipherSuites,
            SignatureSchemes = result.GetValue(_schemes) ?? policy.SignatureSchemes,
            RequireExtendedMasterSecret = !result.GetValue(_withoutEms),
        };
    }

    /// <summary>The pre-shared key; null without one.</summary>
    public TlsPsk? PskOf(ParseResult result) => result.GetValue(_psk);

    private static Option<IReadOnlyList<T>?> List<T>(string name, string description) where T : struct, Enum => new(name)
    {
        Description = description,
        HelpName = "a,b",
        CustomParser = result =>
        {
            var all = new List<T>();
            foreach (var word in result.Tokens[0].Value.Split(','))
            {
                if (!Enum.TryParse<T>(word, ignoreCase: true, out var value) || int.TryParse(word, out _))
                    return CommonOptions.Error<List<T>>(result, $"{name}: '{word}' is not known.");

                all.Add(value);
            }

            return all;
        },
    };

    private static TlsPsk? ParsePsk(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var colon = text.LastIndexOf(':');
        try
        {
            return colon < 0
                ? CommonOptions.Error<TlsPsk>(result, "--psk: an identity, a colon, and the key in hexadecimal are needed.")
                : new TlsPsk(Encoding.UTF8.GetBytes(text[..colon]), Convert.FromHexString(text[(colon + 1)..]));
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return CommonOptions.Error<TlsPsk>(result, $"--psk: {exception.Message}");
        }
    }
}
