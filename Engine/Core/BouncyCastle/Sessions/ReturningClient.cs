using Microsoft.Extensions.Logging;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Sessions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Sessions;

/// <summary>Judges the client of a session anew: whatever a full handshake would ask is asked, or the handshake is a full one.</summary>
internal static class ReturningClient
{
    /// <summary>The client of a session.</summary>
    /// <returns>Null when it is not trusted any more, or somebody has to be asked who may take time.</returns>
    /// <exception cref="TlsException">The caller's own judgement threw.</exception>
    public static PeerIdentity? Of(TicketState state, TlsServerOptions options, Action<Action<ILogger>> tell)
    {
        var verification = options.ClientVerification;
        try
        {
            if (state.ClientRawPublicKey.Length > 0)
            {
                RawKeys.Check(state.ClientRawPublicKey, verification, Refusal.OfClient);
                return new PeerIdentity([], state.ClientRawPublicKey);
            }

            if (state.ClientCertificates.Count == 0)
                return IsAnonymousAdmitted(options) ? PeerIdentity.None : null;

            RawKeys.CheckType(TlsCertificateType.X509, verification, Refusal.OfClient);
            var subject = ExaminationSubject.OfClient(state.ClientCertificates, options, PolicyTree.IsValid);
            CertificateVerifier.CheckNow(subject);
            return new PeerIdentity(subject.Presented, default);
        }
        catch (TlsCertificateException rejection)
        {
            tell(log => SessionLog.ClientNoLongerTrusted(log, rejection.Message));
            return null;
        }
        catch (TlsException fault)
        {
            throw Library.Faults.Carry(fault);
        }
    }

    /// <summary>Whether a client that has presented nothing is let in without anybody being asked.</summary>
    private static bool IsAnonymousAdmitted(TlsServerOptions options) => options.ClientCertificates switch
    {
        ClientCertificateMode.None => true,
        ClientCertificateMode.Request => options.ClientVerification.Review is null,
        _ => false,
    };
}
