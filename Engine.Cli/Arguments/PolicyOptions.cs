using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Arguments;

/// <summary>The options that say what may be negotiated, for both roles.</summary>
internal sealed class PolicyOptions
{
    private readonly Option<IReadOnlyList<TlsNamedGroup>?> _groups = List(
        "--groups", "Key exchange groups, most wanted first: X25519MLKEM768,x25519,secp256r1.", Enum.GetValues<TlsNamedGroup>());

    private readonly Option<IReadOnlyList<TlsCipherSuite>?> _suites = List(
        "--suites", "Cipher suites by their IANA names, most wanted first. Each version that is enabled needs one.",
        TlsPolicy.SupportedCipherSuites);

    private readonly Option<IReadOnlyList<TlsSignatureScheme>?> _schemes = List(
        "--sigalgs", "Signature schemes, most wanted first: ecdsa_secp256r1_sha256,rsa_pss_rsae_sha256.",
        Enum.GetValues<TlsSignatureScheme>());

    private readonly Option<TlsPsk?> _psk = new("--psk")
    {
        Description =
            "Pre-shared key: its identity, a colon, and at least 16 bytes in hexadecimal. On TLS 1.2 only with PSK suites in --suites.",
        HelpName = "identity:hex",
        CustomParser = ParsePsk,
    };

    private readonly Option<bool> _withoutEms = new("--allow-no-ems")
    {
        Description =
            "Admit TLS 1.2 peers without extended master secret (RFC 7627), as scanners, Erlang/OTP 25 and old programs are. Their "
            + "sessions are not resumed.",
    };

    private readonly Option<bool> _withoutRenegotiationInfo = new("--allow-no-renegotiation-info")
    {
        Description =
            "Admit TLS 1.2 peers without secure renegotiation (RFC 5746), as wolfSSL's clients are: nothing is ever renegotiated here.",
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_groups);
        command.Options.Add(_suites);
        command.Options.Add(_schemes);
        command.Options.Add(_psk);
        command.Options.Add(_withoutEms);
        command.Options.Add(_withoutRenegotiationInfo);
    }

    /// <summary>Notes what would do nothing.</summary>
    public void Check(CommandResult result, Option<SslProtocols?> tls)
    {
        if (result.Errors.Any() || !result.IsGiven(tls))
            return;

        if (result.GetValue(tls) == SslProtocols.Tls12)
        {
            if (HasPsk(result) && result.GetValue(_suites)?.Any(IsOfPsk) != true)
                result.AddError("--psk is used on TLS 1.2 by PSK suites alone, and --suites names none.");
            return;
        }

        foreach (var option in (Option[])[_withoutEms, _withoutRenegotiationInfo])
        {
            if (result.IsGiven(option))
                result.AddError($"{option.Name} is about TLS 1.2, which --tls 1.3 does not allow.");
        }
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
            RequireSecureRenegotiation = !result.GetValue(_withoutRenegotiationInfo),
        };
    }

    /// <summary>The pre-shared key; null without one.</summary>
    public TlsPsk? PskOf(ParseResult result) => result.GetValue(_psk);

    /// <summary>Whether there is one.</summary>
    public bool HasPsk(CommandResult result) => result.GetResult(_psk) is { Implicit: false };

    private static bool IsOfPsk(TlsCipherSuite suite) => suite.ToString().Contains("PSK", StringComparison.Ordinal);

    private static Option<IReadOnlyList<T>?> List<T>(
        string name, string description, IEnumerable<T> known) where T : struct, Enum => new(name)
    {
        Description = description,
        HelpName = "a,b",
        CustomParser = result =>
        {
            // IANA's names are ours but for case and underscores.
            var byName = known.ToDictionary(one => Plain(one.ToString()));
            var all = new List<T>();
            foreach (var word in result.Tokens[0].Value.Split(','))
            {
                if (!byName.TryGetValue(Plain(word), out var value))
                    return CommonOptions.Error<List<T>>(result, $"{name}: '{word}' is not known; there are {string.Join(", ", known)}.");
                if (all.Contains(value))
                    return CommonOptions.Error<List<T>>(result, $"{name}: '{word}' is there twice.");

                all.Add(value);
            }

            return all;
        },
    };

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToUpperInvariant();

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
        catch (FormatException)
        {
            // Its value is a secret and stays out of the message.
            return CommonOptions.Error<TlsPsk>(result, "--psk: what comes after the last colon is not hexadecimal, two digits a byte.");
        }
        catch (ArgumentException exception)
        {
            return CommonOptions.Error<TlsPsk>(result, $"--psk: {Failure.Explain(exception)}");
        }
    }
}
