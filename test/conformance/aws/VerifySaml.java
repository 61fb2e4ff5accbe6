// Verifies the signature of a SAML response by the XML signatures of the Java platform: `java VerifySaml.java CERTIFICATE.pem RESPONSE.xml`.
// Exits 0 when the assertion is signed by the certificate's key and was not changed, and 1 when it is not.

import java.io.FileInputStream;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.xml.crypto.dsig.XMLSignature;
import javax.xml.crypto.dsig.XMLSignatureFactory;
import javax.xml.crypto.dsig.dom.DOMValidateContext;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class VerifySaml {
  public static void main(String[] files) throws Exception {
    var certificate =
        (X509Certificate)
            CertificateFactory.getInstance("X.509").generateCertificate(new FileInputStream(files[0]));
    var factory = DocumentBuilderFactory.newInstance();
    factory.setNamespaceAware(true);
    Document document = factory.newDocumentBuilder().parse(files[1]);
    Element assertion =
        (Element)
            document.getElementsByTagNameNS("urn:oasis:names:tc:SAML:2.0:assertion", "Assertion").item(0);
    assertion.setIdAttribute("ID", true);
    var signature = document.getElementsByTagNameNS(XMLSignature.XMLNS, "Signature").item(0);
    var context = new DOMValidateContext(certificate.getPublicKey(), signature);
    var read = XMLSignatureFactory.getInstance("DOM").unmarshalXMLSignature(context);
    System.exit(read.validate(context) ? 0 : 1);
  }
}
